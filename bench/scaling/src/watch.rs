//! What is seen of a pool from outside, by nobody's word but the API server's and the broker's.

use crate::broker::Broker;
use crate::world::World;
use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::interval;
use tokio_util::task::AbortOnDropHandle;

/// How often a pool is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// A pool at a moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    /// Since the watch began.
    pub(crate) seconds: f64,
    /// The pods that the Deployment asks for; nothing where it could not be read.
    pub(crate) replicas: Option<i32>,
    /// The queue, as the broker's statistics have it.
    pub(crate) ready: Option<u64>,
    pub(crate) unacknowledged: Option<u64>,
}

/// What looks at a pool.
#[derive(Clone)]
pub(crate) struct Eyes {
    deployments: Api<Deployment>,
    deployment: &'static str,
    broker: Arc<Broker>,
    queue: String,
}

impl Eyes {
    pub(crate) fn new(world: &World, namespace: &str, queue: &str) -> Self {
        Self {
            deployments: Api::namespaced(world.client.clone(), namespace),
            deployment: world.contestant.deployment(),
            broker: Arc::clone(&world.broker),
            queue: queue.to_owned(),
        }
    }

    pub(crate) async fn replicas(&self) -> Option<i32> {
        let deployment = self.deployments.get_opt(self.deployment).await.ok()??;
        deployment.spec?.replicas
    }
}

/// Samples since a moment.
pub(crate) struct Watch {
    begun: Instant,
    samples: Arc<Mutex<Vec<Sample>>>,
    _looking: AbortOnDropHandle<()>,
}

impl Watch {
    pub(crate) fn begin(eyes: Eyes) -> Self {
        let begun = Instant::now();
        let samples = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&samples);
        let looking = async move {
            let mut ticks = interval(EVERY);
            loop {
                ticks.tick().await;
                let (replicas, count) = tokio::join!(eyes.replicas(), eyes.broker.count(&eyes.queue));
                let sample = Sample {
                    seconds: begun.elapsed().as_secs_f64(),
                    replicas,
                    ready: count.map(|count| count.ready),
                    unacknowledged: count.map(|count| count.unacknowledged),
                };
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
            }
        };
        Self { begun, samples, _looking: AbortOnDropHandle::new(tokio::spawn(looking)) }
    }

    /// Seconds since it began.
    pub(crate) fn now(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fewest replicas from a moment on, and when there were so few first, counted from that moment.
    pub(crate) fn fewest_since(&self, moment: f64) -> Option<(i32, f64)> {
        fewest_since(&self.samples(), moment)
    }

    /// When there were so many replicas first from a moment on, counted from that moment.
    pub(crate) fn reached_since(&self, moment: f64, replicas: i32) -> Option<f64> {
        let samples = self.samples();
        let mut since = samples.iter().filter(|sample| sample.seconds >= moment);
        let first = since.find(|sample| sample.replicas.is_some_and(|now| now >= replicas))?;
        Some(first.seconds - moment)
    }

    /// Waits until there are so many replicas, and for so long at most; when there were, counted from the moment.
    pub(crate) async fn reaches(&self, moment: f64, replicas: i32, patience: Duration) -> Option<f64> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Some(after) = self.reached_since(moment, replicas) {
                return Some(after);
            }
            tokio::time::sleep(EVERY).await;
        }
        None
    }
}

fn fewest_since(samples: &[Sample], moment: f64) -> Option<(i32, f64)> {
    let since = samples.iter().filter(|sample| sample.seconds >= moment);
    let counted = since.filter_map(|sample| Some((sample.replicas?, sample.seconds - moment)));
    counted.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_are_told_with_the_first_moment_at_which_there_were_so_few() {
        let sample = |seconds, replicas| Sample { seconds, replicas, ready: None, unacknowledged: None };
        let samples = [
            sample(0.0, Some(0)),
            sample(1.0, Some(10)),
            sample(2.0, None),
            sample(3.0, Some(4)),
            sample(4.0, Some(4)),
            sample(5.0, Some(9)),
        ];
        assert_eq!(fewest_since(&samples, 1.0), Some((4, 2.0)));
        assert_eq!(fewest_since(&samples, 6.0), None);
    }
}
