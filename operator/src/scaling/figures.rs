//! What pods tell of their work on their operations port: the mean bytes of their events, and whether they are busy.

use std::collections::BTreeMap;
use std::str::FromStr;

/// The gauge of the mean bytes of a flow's events, as dispatchers and workers have it.
const EVENT_BYTES: &str = "pawnshop_flow_event_bytes_mean";

/// The gauge of the workers that have held the same batch for long.
const BUSY: &str = "pawnshop_worker_busy";

/// The gauge of the batches that it had in hand on average of late, and of the workers in it that take them.
const IN_HAND: &str = "pawnshop_worker_batches_in_hand";
const WORKERS: &str = "pawnshop_pool_workers";

/// What one pod tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The mean bytes of an event, by flow; only of flows whose events it has seen.
    pub event_bytes: BTreeMap<String, f64>,
    /// Whether it has held the same batch for longer than a worker should; `None`: it does not tell, as a dispatcher.
    pub busy: Option<bool>,
    /// The share of its time, of late, that it was at work, from 0 to 1.
    pub at_work: f64,
}

impl Figures {
    /// Reads what is needed of an exposition in Prometheus' text format
    /// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    pub fn read(exposition: &str) -> Self {
        let (mut figures, mut in_hand, mut workers) = (Self::default(), 0.0, 0.0);
        for sample in exposition.lines().filter(|line| line.starts_with("pawnshop_")) {
            let Some((series, value)) = sample.rsplit_once(' ') else { continue };
            let Ok(value) = f64::from_str(value) else { continue };
            if series == BUSY {
                figures.busy = Some(value > 0.0);
            } else if series == IN_HAND {
                in_hand = value;
            } else if series.strip_prefix(WORKERS).is_some_and(|labels| labels.starts_with('{')) {
                workers += value;
            } else if let Some(flow) = flow(series)
                && value.is_finite()
                && value > 0.0
            {
                figures.event_bytes.insert(flow.to_owned(), value);
            }
        }
        if workers > 0.0 && in_hand > 0.0 {
            figures.at_work = f64::min(in_hand / workers, 1.0);
        }
        figures
    }
}

fn flow(series: &str) -> Option<&str> {
    let labels = series.strip_prefix(EVENT_BYTES)?.strip_prefix('{')?.strip_suffix('}')?;
    labels.split(',').find_map(|label| label.strip_prefix("flow=\"")?.strip_suffix('"'))
}

/// The mean bytes of events by flow, as several pods tell them: those in the middle, so that one pod that has seen
/// few decides nothing.
pub(super) fn event_bytes<'a>(pods: impl IntoIterator<Item = &'a Figures>) -> BTreeMap<String, f64> {
    let mut told: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for pod in pods {
        for (flow, mean) in &pod.event_bytes {
            told.entry(flow).or_default().push(*mean);
        }
    }
    let middle = |mut means: Vec<f64>| {
        means.sort_by(f64::total_cmp);
        means[means.len() / 2]
    };
    told.into_iter().map(|(flow, means)| (flow.to_owned(), middle(means))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKER: &str = "# HELP pawnshop_worker_busy Workers\n# TYPE pawnshop_worker_busy gauge\n\
        pawnshop_worker_busy 1\n\n# TYPE pawnshop_flow_event_bytes_mean gauge\n\
        pawnshop_flow_event_bytes_mean{flow=\"item\"} 412.5\n\
        pawnshop_flow_event_bytes_mean{shop=\"x\",flow=\"buy-actions\"} 380\n\
        pawnshop_flow_event_bytes_mean{flow=\"none\"} NaN\npawnshop_worker_busy_x 7\nprocess_busy 3\n";

    #[test]
    fn a_worker_tells_of_its_events_and_whether_it_is_busy() {
        let figures = Figures::read(WORKER);
        assert_eq!(figures.busy, Some(true));
        let told: Vec<_> = figures.event_bytes.iter().map(|(flow, mean)| (flow.as_str(), *mean)).collect();
        assert_eq!(told, [("buy-actions", 380.0), ("item", 412.5)]);
        assert_eq!(Figures::read("pawnshop_worker_busy 0").busy, Some(false));
    }

    #[test]
    fn a_worker_is_at_work_as_far_as_its_places_for_batches_were_taken() {
        let at_work = |in_hand: &str| {
            let places = "pawnshop_pool_workers{pool=\"items\"} 2\n";
            Figures::read(&format!("{places}pawnshop_worker_batches_in_hand {in_hand}\n")).at_work
        };
        assert_eq!(["0", "0.5", "2", "7", "NaN"].map(at_work), [0.0, 0.25, 1.0, 1.0, 0.0]);
        assert_eq!(Figures::read("pawnshop_worker_batches_in_hand 1\n").at_work, 0.0);
    }

    #[test]
    fn what_is_no_exposition_tells_nothing() {
        for text in [
            "",
            "<html>",
            "pawnshop_worker_busy",
            "pawnshop_worker_busy x",
            "pawnshop_flow_event_bytes_mean{ 1",
        ] {
            assert_eq!(Figures::read(text), Figures::default(), "{text}");
        }
    }

    #[test]
    fn of_several_pods_the_one_in_the_middle_counts() {
        let pods: Vec<_> = [100.0, 380.0, 400.0]
            .map(|mean| Figures {
                event_bytes: BTreeMap::from([("item".to_owned(), mean)]),
                ..Figures::default()
            })
            .into();
        assert_eq!(event_bytes(&pods)["item"], 380.0);
    }
}
