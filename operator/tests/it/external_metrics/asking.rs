use super::stage::Stage;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

/// How often, many times as often as an HPA.
const EVERY: Duration = Duration::from_millis(50);

/// Somebody who asks the API server for the metric of a pool again and again.
pub(super) struct Asking {
    told: Arc<Mutex<Told>>,
    _task: AbortOnDropHandle<()>,
}

/// What was answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) values: usize,
    /// Those since there was none.
    pub(super) in_a_row: usize,
    /// Errors in the place of an answer.
    pub(super) failed: Vec<String>,
    /// The longest time between two values.
    pub(super) longest_without: Duration,
}

impl Told {
    /// `last`: when there was a value before.
    fn note(&mut self, answer: Result<Value, kube::Error>, last: &mut Instant) {
        match answer {
            Ok(answer) if answer["items"][0]["value"].is_string() => {
                self.values += 1;
                self.in_a_row += 1;
                self.longest_without = self.longest_without.max(last.elapsed());
                *last = Instant::now();
                return;
            }
            Ok(_) => {}
            Err(error) => self.failed.push(format!("{} {error}", Timestamp::now())),
        }
        self.in_a_row = 0;
    }
}

impl Asking {
    /// For the pool `items` of this shop, from now on.
    pub(super) fn of(stage: &Stage, shop: &str) -> Self {
        let told = Arc::<Mutex<Told>>::default();
        let path = format!(
            "/apis/external.metrics.k8s.io/v1beta1/namespaces/{}/pawnshop_backlog?labelSelector=pawnshop.dev%2Fshop%3D{shop}%2Cpawnshop.dev%2Fpool%3Ditems",
            stage.world.namespace
        );
        let task = tokio::spawn({
            let (client, told) = (stage.client(), Arc::clone(&told));
            async move {
                let mut last = Instant::now();
                loop {
                    let request = http::Request::get(&path).body(Vec::new()).unwrap();
                    let answer = client.request::<Value>(request).await;
                    told.lock().unwrap().note(answer, &mut last);
                    sleep(EVERY).await;
                }
            }
        });
        Self { told, _task: AbortOnDropHandle::new(task) }
    }

    /// So far.
    pub(super) fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }
}
