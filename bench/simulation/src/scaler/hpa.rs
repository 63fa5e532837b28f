use crate::clock::steps;
use crate::tally::STABILISATION;

/// Seconds between two looks of the HPA controller at a HorizontalPodAutoscaler.
const SYNC: u32 = 15;
/// The looks that a stabilisation window reaches back to, this one included.
const RECOMMENDATIONS: usize = (STABILISATION / SYNC) as usize;

/// How a HorizontalPodAutoscaler treats what it computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// `spec.behavior` is absent: up to twice the workers, or 4, and the highest recommendation of the window also
    /// brings workers (`normalizeDesiredReplicas`).
    Absent,
    /// `spec.behavior` is given and leaves growth to its defaults: 4 more or twice as many per 15 s
    /// (`normalizeDesiredReplicasWithBehaviors`).
    Given,
    /// `spec.behavior` is given, with a policy for growth that allows the maximum at once.
    Fast,
}

/// The rule of Kubernetes' HPA controller for one External metric with an `AverageValue` target
/// (kubernetes 1.34, pkg/controller/podautoscaler: `GetExternalPerPodMetricReplicas` and `reconcileAutoscaler`), with a
/// minimum of 1, a tolerance of 10 % and five minutes of stabilisation for scaling in.
pub(super) struct Hpa {
    behaviour: Behaviour,
    target: f64,
    max: u32,
    phase: u32,
    recommendations: [u32; RECOMMENDATIONS],
    /// The number of the last look.
    last: u32,
}

impl Hpa {
    /// `target`: of the metric, per worker.
    pub(super) fn new(behaviour: Behaviour, target: f64, max: u32, phase: u32) -> Self {
        Self { behaviour, target, max, phase, recommendations: [0; RECOMMENDATIONS], last: 0 }
    }

    /// How many of `current` workers there are to be after this step; it looks at every third step, and only where
    /// there are workers. Where the metric cannot be read nobody calls it, and workers stay as they are.
    pub(super) fn workers(&mut self, step: u32, metric: impl FnOnce() -> u64, current: u32) -> u32 {
        let step = step + self.phase % steps(SYNC);
        if !step.is_multiple_of(steps(SYNC)) || current == 0 {
            return current;
        }
        let desired = self.desired(metric(), current);
        let highest = self.recommend(step / steps(SYNC), desired);
        let stable = current.clamp(desired, highest);
        let (workers, most) = match self.behaviour {
            Behaviour::Absent => (highest, (2 * current).max(4)),
            Behaviour::Given => (stable, (2 * current).max(current + 4)),
            Behaviour::Fast => (stable, self.max),
        };
        workers.min(most).clamp(1, self.max)
    }

    fn desired(&self, metric: u64, current: u32) -> u32 {
        let (metric, meant) = (metric as f64, self.target * f64::from(current));
        let tolerated = 0.9 * meant..=1.1 * meant;
        if tolerated.contains(&metric) { current } else { (metric / self.target).ceil() as u32 }
    }

    /// Keeps a recommendation and tells the highest of the window.
    fn recommend(&mut self, look: u32, workers: u32) -> u32 {
        let missed = (look - self.last).min(RECOMMENDATIONS as u32);
        for missed in 0..missed {
            self.recommendations[(look - missed) as usize % RECOMMENDATIONS] = 0;
        }
        self.last = look;
        self.recommendations[look as usize % RECOMMENDATIONS] = workers;
        self.recommendations.into_iter().max().unwrap_or(workers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hpa(behaviour: Behaviour) -> Hpa {
        Hpa::new(behaviour, 100.0, 20, 0)
    }

    /// One look after the other, each with what there is to see.
    fn looks(hpa: &mut Hpa, mut current: u32, metrics: &[u64]) -> Vec<u32> {
        let look = |(at, &metric): (usize, &u64)| {
            current = hpa.workers((hpa.last + u32::from(at > 0)) * 3, || metric, current);
            current
        };
        metrics.iter().enumerate().map(look).collect()
    }

    #[test]
    fn it_doubles_at_most_and_begins_with_four() {
        assert_eq!(looks(&mut hpa(Behaviour::Absent), 1, &[5_000; 5]), [4, 8, 16, 20, 20]);
        assert_eq!(looks(&mut hpa(Behaviour::Given), 1, &[5_000; 5]), [5, 10, 20, 20, 20]);
        assert_eq!(looks(&mut hpa(Behaviour::Fast), 1, &[5_000; 2]), [20, 20]);
    }

    #[test]
    fn it_leaves_alone_what_is_a_tenth_off() {
        for behaviour in [Behaviour::Absent, Behaviour::Given] {
            assert_eq!(looks(&mut hpa(behaviour), 10, &[1_100, 1_101]), [10, 12]);
        }
    }

    #[test]
    fn it_scales_in_to_the_highest_of_five_minutes() {
        let mut metrics = vec![800];
        metrics.extend([300; 20]);
        for behaviour in [Behaviour::Absent, Behaviour::Given] {
            let workers = looks(&mut hpa(behaviour), 8, &metrics);
            assert!(workers[..20].iter().all(|&workers| workers == 8), "{workers:?}");
            assert_eq!(workers[20], 3);
        }
    }

    #[test]
    fn it_leaves_a_pool_without_workers_alone() {
        assert_eq!(hpa(Behaviour::Absent).workers(0, || 5_000, 0), 0);
    }
}
