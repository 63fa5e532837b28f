use serde::Serialize;
use utoipa::ToSchema;

/// A shop at a glance.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overview {
    /// The shop, `namespace/name`.
    pub(super) shop: String,
    /// When these figures were gathered (RFC 3339).
    #[schema(format = DateTime)]
    pub(super) at: String,
    /// The whole seconds before `at` that `perSecond` and `eventAge` speak of.
    pub(super) window_seconds: u64,
    pub(super) accepted: Accepted,
    pub(super) workers: Workers,
    /// What does not answer some worker: the flows that need it stand still. `store`, `broker`.
    pub(super) unavailable: Vec<String>,
    /// Over all flows; absent when no event took effect in the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) event_age: Option<EventAge>,
    /// In order of their names.
    pub(super) pools: Vec<Pool>,
    /// Flows that some pool should serve, and of which no worker has told yet.
    pub(super) untold: Vec<String>,
}

/// The events that this dispatcher has accepted. Where there are several dispatchers, each tells of its own.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AcceptedEvents)]
pub(super) struct Accepted {
    /// Always `this dispatcher`: whose figures these are.
    #[schema(example = "this dispatcher")]
    pub(super) by: &'static str,
    /// Since it started.
    pub(super) total: u64,
    /// The mean of the window.
    #[schema(minimum = 0)]
    pub(super) per_second: f64,
}

/// The processes that were asked.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = WorkerProcesses)]
pub(super) struct Workers {
    /// Those that the dispatcher knows of; 1 where the shop is one process.
    pub(super) known: usize,
    /// Those that told their figures in time. Pools lack what the others would have told.
    pub(super) told: usize,
}

/// A pool of workers.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Pool {
    pub(super) name: String,
    /// The processes that told of it. 0: none does now, and one did before; it sleeps, or cannot be reached.
    pub(super) processes: u32,
    /// The workers in them that receive events.
    pub(super) workers: u32,
    /// Whether it is kept without workers.
    pub(super) paused: bool,
    /// The sum over its flows.
    pub(super) backlog: Backlog,
    /// In order of their names.
    pub(super) flows: Vec<Flow>,
}

/// A flow.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Flow {
    pub(super) name: String,
    pub(super) backlog: Backlog,
    /// Absent while no worker tells of the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) settled: Option<Settled>,
    /// Absent when none of its events took effect in the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) event_age: Option<EventAge>,
}

/// How many events wait or are being worked on, at the last reading; or why that is not known. Unknown is never zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Backlog {
    /// So many.
    Known(u64),
    /// Why nobody can tell.
    Unknown(String),
}

/// The events that those who tell have settled since each of them started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SettledEvents)]
pub(super) struct Settled {
    pub(super) applied: u64,
    pub(super) rejected: u64,
    pub(super) dead_lettered: u64,
    /// Failed, and sent to a retry.
    pub(super) retried: u64,
    /// Given back untried.
    pub(super) returned: u64,
}

/// The events that took effect in the window, and how old they were then, from their acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventAge {
    pub(super) events: u64,
    #[schema(minimum = 0)]
    pub(super) mean_seconds: f64,
    #[schema(minimum = 0)]
    pub(super) max_seconds: f64,
}
