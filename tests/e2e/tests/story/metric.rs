//! What the operator serves to HorizontalPodAutoscalers, asked for as they do: through the API server.

use crate::stage::{SHOPS, Stage};
use kube::Client;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

/// The events that a pool is scaled by; `None`: they are not known.
pub(crate) async fn backlog(stage: &Stage, shop: &str, pool: &str) -> Result<Option<u64>, kube::Error> {
    ask(&stage.kube.client, shop, pool).await
}

async fn ask(client: &Client, shop: &str, pool: &str) -> Result<Option<u64>, kube::Error> {
    let path = format!(
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/{SHOPS}/pawnshop_backlog?labelSelector=pawnshop.dev%2Fshop%3D{shop}%2Cpawnshop.dev%2Fpool%3D{pool}"
    );
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    let answer = client.request::<Value>(request).await?;
    Ok(answer["items"][0]["value"].as_str().and_then(|value| value.parse().ok()))
}

/// Somebody who asks for a pool's metric again and again.
pub(crate) struct Asking {
    told: Arc<Mutex<Told>>,
    _task: AbortOnDropHandle<()>,
}

/// What was answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) values: usize,
    /// Errors in the place of an answer.
    pub(crate) failed: Vec<String>,
    /// The longest time between two values.
    pub(crate) longest_without: Duration,
}

impl Told {
    /// `last`: when there was a value before.
    fn note(&mut self, answer: Result<Option<u64>, kube::Error>, begun: Instant, last: &mut Instant) {
        match answer {
            Ok(Some(_)) => {
                self.values += 1;
                self.longest_without = self.longest_without.max(last.elapsed());
                *last = Instant::now();
            }
            Ok(None) => {}
            Err(error) => self.failed.push(format!("after {:.1?}: {error}", begun.elapsed())),
        }
    }
}

impl Asking {
    /// For this pool, from now on.
    pub(crate) fn of(stage: &Stage, shop: &'static str, pool: &'static str) -> Self {
        let (client, told) = (stage.kube.client.clone(), Arc::<Mutex<Told>>::default());
        let task = tokio::spawn({
            let told = Arc::clone(&told);
            async move {
                let (begun, mut last) = (Instant::now(), Instant::now());
                loop {
                    let answer = ask(&client, shop, pool).await;
                    told.lock().unwrap().note(answer, begun, &mut last);
                    sleep(Duration::from_millis(50)).await;
                }
            }
        });
        Self { told, _task: AbortOnDropHandle::new(task) }
    }

    /// So far.
    pub(crate) fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }
}
