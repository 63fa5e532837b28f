use crate::intake::{Intake, Taken};
use crate::{Admission, Fields, Problem, body};
use axum::body::Body;
use http::HeaderMap;
use metrics::Counter;
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_messaging::Publisher;
use pawnshop_rpc::Channel;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const ACCEPTED: &str = "pawnshop_events_accepted_total";
const REFUSED: &str = "pawnshop_events_refused_total";
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
}

/// Says what each metric of the edge means.
fn describe() {
    use metrics::{Unit, describe_counter};
    describe_counter!(ACCEPTED, Unit::Count, "Events that were made durable");
    describe_counter!(REFUSED, Unit::Count, "Events that could not be made durable, and were answered so");
    describe_counter!(READS_RETRIED, Unit::Count, "Reads for which a second worker was asked");
}

impl Edge {
    /// Puts the parts together. Metrics go to the recorder that is installed by then.
    pub fn new(options: EdgeOptions) -> Self {
        describe();
        let served = options.flows.into_iter().map(|name| {
            let flow = name.to_string();
            let accepted = metrics::counter!(ACCEPTED, "flow" => flow.clone());
            let refused = metrics::counter!(REFUSED, "flow" => flow.clone());
            (flow, ServedFlow { name, accepted, refused })
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
        body::require_json(headers)?;
        let bytes = body::read(headers, body, &self.0.limits).await?;
        Fields::parse(&bytes)
    }

    pub(crate) fn publisher(&self) -> &dyn Publisher {
        self.0.publisher.as_ref()
    }

    pub(crate) fn count_accepted(&self, flow: &ServedFlow) {
        flow.accepted.increment(1);
        self.0.intake.add();
    }

    pub(crate) fn served(&self, flow: &str) -> Option<&ServedFlow> {
        self.0.served.get(flow)
    }
}
