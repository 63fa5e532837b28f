use crate::intake::{Intake, Taken};
use crate::problem::{Problem, kinds};
use crate::{Admission, Fields, body};
use axum::body::{Body, HttpBody};
use http::HeaderMap;
use metrics::{Counter, Histogram};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::Channel;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const ACCEPTED: &str = "pawnshop_events_accepted_total";
const REFUSED: &str = "pawnshop_events_refused_total";
const PUBLISH_SECONDS: &str = "pawnshop_events_publish_seconds";
pub(crate) const ACTIVE: &str = "pawnshop_http_active_requests";
pub(crate) const READS_RETRIED: &str = "pawnshop_reads_retried_total";

/// What every endpoint of every service stands on; cheap to clone, the state of their routers.
#[derive(Clone)]
pub struct Edge(Arc<Shared>);

/// What an [`Edge`] is made of.
pub struct EdgeOptions {
    /// The shop whose events are accepted.
    pub shop: ShopName,
    /// Where accepted events go.
    pub publisher: Arc<dyn Publisher>,
    /// The way to the workers that answer reads.
    pub workers: Channel,
    /// The flows that some pool serves; a write to any other is refused (decision K11).
    pub flows: Vec<FlowName>,
    /// Bounds of size and time.
    pub limits: Limits,
}

/// Bounds of what one request may cost, and of how many there may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub max_body_bytes: usize,
    /// Bodies larger than that which may be read at once, on routes that take them; one more is answered 429.
    pub max_large_bodies: usize,
    /// How long a body may take to arrive.
    pub body_deadline: Duration,
    /// How long the broker may take to confirm.
    pub publish_deadline: Duration,
    /// How long a read may take, its retry included.
    pub read_deadline: Duration,
    /// The longest `Prefer: wait` that is honoured; a longer one is cut to it.
    pub max_wait: Duration,
    /// Requests that may be under way at once, beside the writes that wait; one more is answered 429.
    pub max_concurrent_requests: usize,
    /// Writes with `Prefer: wait` that may be under way at once; one more is answered without a wait.
    pub max_waiting_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 256 * 1024,
            max_large_bodies: 32,
            body_deadline: Duration::from_secs(10),
            publish_deadline: Duration::from_secs(5),
            read_deadline: Duration::from_secs(5),
            max_wait: Duration::from_secs(30),
            max_concurrent_requests: 1024,
            max_waiting_requests: 1024,
        }
    }
}

struct Shared {
    shop: ShopName,
    publisher: Arc<dyn Publisher>,
    workers: Channel,
    served: HashMap<String, ServedFlow>,
    admission: Admission,
    large_bodies: Semaphore,
    intake: Intake,
    limits: Limits,
    draining: CancellationToken,
}

/// A flow that some pool serves, with its counters at hand: a look-up per request would cost more than the
/// count.
pub(crate) struct ServedFlow {
    pub(crate) name: FlowName,
    pub(crate) accepted: Counter,
    pub(crate) refused: Counter,
    publishing: Histogram,
}

/// Says what each metric of the edge means.
fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_counter!(ACCEPTED, Unit::Count, "Events that were made durable");
    describe_counter!(REFUSED, Unit::Count, "Events that could not be made durable, and were answered so");
    describe_histogram!(
        PUBLISH_SECONDS,
        Unit::Seconds,
        "From a request's events being complete to their being durable, or to its being told that they are not"
    );
    describe_counter!(READS_RETRIED, Unit::Count, "Reads for which a second worker was asked");
    describe_gauge!(ACTIVE, Unit::Count, "Requests of the API that are under way");
}

impl Edge {
    /// Puts the parts together. Metrics go to the recorder that is installed by then.
    pub fn new(options: EdgeOptions) -> Self {
        describe();
        let served = options.flows.into_iter().map(|name| {
            let flow = name.to_string();
            let accepted = metrics::counter!(ACCEPTED, "flow" => flow.clone());
            let refused = metrics::counter!(REFUSED, "flow" => flow.clone());
            let publishing = metrics::histogram!(PUBLISH_SECONDS, "flow" => flow.clone());
            (flow, ServedFlow { name, accepted, refused, publishing })
        });
        Self(Arc::new(Shared {
            shop: options.shop,
            publisher: options.publisher,
            workers: options.workers,
            served: served.collect(),
            admission: Admission::new(
                options.limits.max_concurrent_requests,
                options.limits.max_waiting_requests,
            ),
            large_bodies: Semaphore::new(options.limits.max_large_bodies.min(Semaphore::MAX_PERMITS)),
            intake: Intake::default(),
            limits: options.limits,
            draining: CancellationToken::new(),
        }))
    }

    /// The shop whose events are accepted.
    pub fn shop(&self) -> &ShopName {
        &self.0.shop
    }

    /// The bounds of every request.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The flows that some pool serves, in order of their names.
    pub fn flows(&self) -> Vec<FlowName> {
        let mut flows: Vec<_> = self.0.served.values().map(|served| served.name.clone()).collect();
        flows.sort();
        flows
    }

    /// The events that this edge has accepted.
    pub fn taken(&self) -> Taken {
        self.0.intake.taken()
    }

    /// The bound on requests under way, shared by every router that stands on this edge.
    pub fn admission(&self) -> &Admission {
        &self.0.admission
    }

    /// Cancelled when the process is about to end: from then on nobody waits for an outcome (202 instead), which
    /// would take longer than a drain may.
    pub fn draining(&self) -> &CancellationToken {
        &self.0.draining
    }

    /// A channel to the workers, for a generated client. Prefer [`Edge::read`], which bounds and retries.
    pub fn workers(&self) -> Channel {
        self.0.workers.clone()
    }

    /// Reads a JSON object from a request's body.
    ///
    /// # Errors
    /// 415 (not JSON by its headers), 413 (too large), 408 (too slow), 400 (malformed), 422 (no object).
    pub async fn read_fields(&self, headers: &HeaderMap, body: Body) -> Result<Fields, Problem> {
        let limits = &self.0.limits;
        body::require_json(headers)?;
        let bytes = body::read(headers, body, limits.max_body_bytes, limits.body_deadline).await?;
        Fields::parse(&bytes)
    }

    /// The same where a body may be larger than others, up to `max` bytes.
    ///
    /// # Errors
    /// The same, and 429 when as many larger bodies as there may be are being read.
    pub async fn read_large_fields(
        &self,
        headers: &HeaderMap,
        body: Body,
        max: usize,
    ) -> Result<Fields, Problem> {
        let limits = &self.0.limits;
        let is_small = body.size_hint().upper().is_some_and(|size| size <= limits.max_body_bytes as u64);
        if is_small {
            return self.read_fields(headers, body).await;
        }
        body::require_json(headers)?;
        let _place = self.0.large_bodies.try_acquire().map_err(|_| {
            let told = format!("{} large bodies are being read, which is the most", limits.max_large_bodies);
            Problem::new(kinds::TOO_MANY_REQUESTS, told)
        })?;
        let bytes = body::read(headers, body, max, limits.body_deadline).await?;
        Fields::parse(&bytes)
    }

    /// Makes events of one flow durable, all of them, and counts them.
    pub(crate) async fn publish(&self, served: &ServedFlow, events: Vec<Event>) -> Result<(), PublishError> {
        let count = events.len() as u64;
        let (begun, deadline) = (Instant::now(), self.0.limits.publish_deadline);
        let published = match timeout(deadline, self.0.publisher.publish(&served.name, events)).await {
            Ok(published) => published,
            Err(_) => {
                Err(PublishError::Unconfirmed(format!("no answer within {} s", deadline.as_secs_f64())))
            }
        };
        served.publishing.record(begun.elapsed());
        match published {
            Ok(()) => {
                served.accepted.increment(count);
                self.0.intake.add(count);
            }
            Err(_) => served.refused.increment(count),
        }
        published
    }

    /// The flow of this name.
    ///
    /// # Errors
    /// 503 where no pool serves it.
    pub(crate) fn served(&self, flow: &str) -> Result<&ServedFlow, Problem> {
        self.0.served.get(flow).ok_or_else(|| {
            let detail = format!("no pool of this shop serves the flow \"{flow}\"; nothing was accepted");
            Problem::new(kinds::FLOW_NOT_SERVED, detail)
        })
    }
}

#[cfg(test)]
mod tests;
