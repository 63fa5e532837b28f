use futures::stream::BoxStream;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Where a worker answers, and what the source knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The worker's gRPC address.
    pub address: SocketAddr,
    /// Whether it should be asked.
    pub readiness: Readiness,
}

/// Whether an endpoint should be asked, as its source knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// The source says that it serves.
    Ready,
    /// It still serves, but is about to end: for when no ready one is left (decision K12).
    Draining,
    /// The source knows addresses only: the endpoint itself is asked (`grpc.health.v1`).
    Untold,
}

/// A source of endpoints.
pub trait Discovery: Send + 'static {
    /// What is looked for, for messages: `dns:workers:7070`.
    fn target(&self) -> String;

    /// The endpoints that there are: the set as soon as it is known, then each that differs.
    ///
    /// The stream does not end and has no errors: they are logged and retried within, and the last known set
    /// stays, for unknown is not empty. Must be polled within a tokio runtime.
    fn endpoints(self: Box<Self>) -> BoxStream<'static, BTreeSet<Endpoint>>;
}
