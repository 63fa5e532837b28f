use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Every number of workers that a pool was to have, and when that was seen.
pub(crate) struct History {
    seen: Arc<Mutex<Vec<(Instant, i32)>>>,
    _task: AbortOnDropHandle<()>,
}

impl History {
    /// Of a Deployment, from now on.
    pub(crate) fn of(deployments: Api<Deployment>, name: &str) -> Self {
        let seen = Arc::<Mutex<Vec<(Instant, i32)>>>::default();
        let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
        let task = tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                let mut changes = pin!(watcher(deployments, config).default_backoff().applied_objects());
                while let Some(change) = changes.next().await {
                    // A watch that breaks begins anew, with the Deployment as it is then.
                    let Ok(deployment) = change else { continue };
                    let now = deployment.spec.and_then(|spec| spec.replicas).unwrap_or_default();
                    let mut seen = seen.lock().unwrap();
                    if seen.last().is_none_or(|(_, last)| *last != now) {
                        seen.push((Instant::now(), now));
                    }
                }
            }
        });
        Self { seen, _task: AbortOnDropHandle::new(task) }
    }

    /// The numbers, in their order.
    pub(crate) fn numbers(&self) -> Vec<i32> {
        self.seen.lock().unwrap().iter().map(|(_, number)| *number).collect()
    }

    /// The most workers that were added within so long a time.
    pub(crate) fn most_added_within(&self, time: Duration) -> i32 {
        let seen = self.seen.lock().unwrap();
        let added = (1..seen.len()).map(|last| {
            let (at, number) = seen[last];
            let first = (1..=last).find(|first| at - seen[*first].0 < time).unwrap_or(last);
            number - seen[first - 1].1
        });
        added.max().unwrap_or_default()
    }

    /// How often a change went against the direction of the one before.
    pub(crate) fn turns(&self) -> usize {
        let numbers = self.numbers();
        let ways: Vec<_> = numbers.windows(2).map(|two| two[1] > two[0]).collect();
        ways.windows(2).filter(|two| two[0] != two[1]).count()
    }
}
