use futures::StreamExt;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Whether a HorizontalPodAutoscaler got its metric when it last asked; `None`: it has not asked yet.
pub(crate) fn is_active(autoscaler: &HorizontalPodAutoscaler) -> Option<bool> {
    let mut conditions = autoscaler.status.iter().filter_map(|status| status.conditions.as_ref()).flatten();
    conditions.find(|told| told.type_ == "ScalingActive").map(|told| told.status == "True")
}

/// The times in which a HorizontalPodAutoscaler did not get its metric.
pub(crate) struct Doubts {
    seen: Arc<Mutex<Seen>>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Seen {
    past: Vec<Duration>,
    since: Option<Instant>,
}

impl Doubts {
    /// Of this one, from now on.
    pub(crate) fn of(autoscalers: Api<HorizontalPodAutoscaler>, name: &str) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
        let task = tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                let mut changes = pin!(watcher(autoscalers, config).default_backoff().applied_objects());
                while let Some(change) = changes.next().await {
                    // A watch that breaks begins anew, with the autoscaler as it is then.
                    let Ok(autoscaler) = change else { continue };
                    let mut seen = seen.lock().unwrap();
                    match is_active(&autoscaler) {
                        Some(false) => seen.since = seen.since.or_else(|| Some(Instant::now())),
                        Some(true) => {
                            let over = seen.since.take().map(|since| since.elapsed());
                            seen.past.extend(over);
                        }
                        None => {}
                    }
                }
            }
        });
        Self { seen, _task: AbortOnDropHandle::new(task) }
    }

    /// How long each lasted; the last may still last.
    pub(crate) fn lasted(&self) -> Vec<Duration> {
        let seen = self.seen.lock().unwrap();
        seen.past.iter().copied().chain(seen.since.map(|since| since.elapsed())).collect()
    }
}
