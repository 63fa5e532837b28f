/// Maps figures to places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// The figures at its ends.
    pub(super) range: (f64, f64),
    /// The places of its ends.
    pub(super) place: (f64, f64),
}

impl Axis {
    /// From 0 to a round number that is no less than any of these counts.
    pub(super) fn above(figures: impl Iterator<Item = f64>, place: (f64, f64)) -> Self {
        let most = figures.fold(1.0, f64::max);
        let step = step(most);
        Self { range: (0.0, (most / step).ceil() * step), place }
    }

    pub(super) fn at(&self, figure: f64) -> f64 {
        let ((least, most), (from, to)) = (self.range, self.place);
        from + (figure - least) / (most - least) * (to - from)
    }

    /// Round figures along it, about five.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let (least, most) = self.range;
        let step = step(most - least);
        let first = (least / step).ceil() as i64;
        (first..).map(|tick| tick as f64 * step).take_while(|&tick| tick <= most + step * 1e-6).collect()
    }
}

/// 1, 2 or 5 times a power of ten that is no fraction, so that about five of it make up the whole.
fn step(whole: f64) -> f64 {
    let power = 10_f64.powf((whole / 5.0).log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * power * 5.0 >= whole * 0.999);
    (times.unwrap_or(10.0) * power).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_figure_above_all() {
        let axis = Axis::above([3.0, 47.0].into_iter(), (0.0, 100.0));
        assert_eq!(axis.range, (0.0, 50.0));
        assert_eq!(axis.ticks(), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert_eq!(axis.at(25.0), 50.0);
    }

    #[test]
    fn a_range_may_begin_below_nothing() {
        let axis = Axis { range: (-2.0, 15.0), place: (0.0, 170.0) };
        assert_eq!(axis.ticks(), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(axis.at(0.0), 20.0);
    }
}
