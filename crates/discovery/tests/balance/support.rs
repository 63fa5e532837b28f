//! Workers that a test starts, kills, hangs and drains.

use futures::StreamExt;
use futures::stream::BoxStream;
use pawnshop_discovery::{BalanceOptions, Discovery, Endpoint, Readiness, balanced};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_edge::{Edge, EdgeOptions, Limits};
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::Channel;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_rpc::v1::outcomes_server::{Outcomes, OutcomesServer};
use pawnshop_rpc::v1::{EventOutcome, GetOutcomeRequest};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_stream::wrappers::{TcpListenerStream, WatchStream};
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// How long a condition may take to come true.
const DEADLINE: Duration = Duration::from_secs(15);

/// What a worker does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Answers,
    AnswersAfter(Duration),
    Hangs,
    SaysUnavailable,
}

/// A worker: a gRPC server with a runtime of its own, so that killing it closes every socket at once.
pub(crate) struct Worker {
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<AtomicU32>,
    manner: watch::Sender<Manner>,
    health: Option<HealthReporter>,
    running: Option<(Runtime, oneshot::Sender<()>)>,
}

impl Worker {
    /// With the health service, as real workers have.
    pub(crate) async fn start() -> Self {
        Self::listening("127.0.0.1:0".parse().unwrap(), true).await
    }

    pub(crate) async fn start_without_health() -> Self {
        Self::listening("127.0.0.1:0".parse().unwrap(), false).await
    }

    async fn listening(address: SocketAddr, with_health: bool) -> Self {
        let (manner, told) = watch::channel(Manner::Answers);
        let asked = Arc::new(AtomicU32::new(0));
        let (reporter, health) = tonic_health::server::health_reporter();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (bound, is_bound) = oneshot::channel();
        let outcomes = OutcomesServer::new(Answering { manner: told, asked: Arc::clone(&asked) });
        runtime.spawn(async move {
            let listener = TcpListener::bind(address).await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            Server::builder()
                .add_service(outcomes)
                .add_optional_service(with_health.then_some(health))
                .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async {
                    stopped.await.ok();
                })
                .await
                .unwrap();
        });
        let address = is_bound.await.unwrap();
        let health = with_health.then_some(reporter);
        Self { address, asked, manner, health, running: Some((runtime, stop)) }
    }

    /// As kill -9 does: every socket is closed, whatever is under way.
    pub(crate) fn kill(&mut self) {
        let (runtime, _) = self.running.take().unwrap();
        runtime.shutdown_background();
    }

    /// Where it was.
    pub(crate) async fn restart(&mut self) {
        *self = Self::listening(self.address, self.health.is_some()).await;
    }

    /// Takes no more connections, says GOAWAY on those there are, and ends what is under way.
    pub(crate) fn go_away(&mut self) {
        let (runtime, stop) = self.running.take().unwrap();
        stop.send(()).unwrap();
        self.running = Some((runtime, oneshot::channel().0));
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.manner.send(manner).unwrap();
    }

    pub(crate) async fn say(&self, status: ServingStatus) {
        self.health.as_ref().unwrap().set_service_status("", status).await;
    }

    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some((runtime, _)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

struct Answering {
    manner: watch::Receiver<Manner>,
    asked: Arc<AtomicU32>,
}

#[tonic::async_trait]
impl Outcomes for Answering {
    async fn get_outcome(
        &self,
        request: Request<GetOutcomeRequest>,
    ) -> Result<Response<EventOutcome>, Status> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let manner = *self.manner.borrow();
        match manner {
            Manner::Answers => {}
            Manner::AnswersAfter(pause) => tokio::time::sleep(pause).await,
            Manner::Hangs => std::future::pending().await,
            Manner::SaysUnavailable => return Err(Status::unavailable("the store is away")),
        }
        Ok(Response::new(EventOutcome { event_id: request.into_inner().event_id, ..Default::default() }))
    }
}

/// A source whose endpoints a test tells.
pub(crate) struct Told(pub(crate) watch::Receiver<BTreeSet<Endpoint>>);

impl Discovery for Told {
    fn target(&self) -> String {
        "told:by-the-test".to_owned()
    }

    fn endpoints(self: Box<Self>) -> BoxStream<'static, BTreeSet<Endpoint>> {
        WatchStream::new(self.0).chain(futures::stream::pending()).boxed()
    }
}

/// A source that says of each that it is ready, as EndpointSlices do.
pub(crate) fn ready(workers: &[&Worker]) -> Box<dyn Discovery> {
    told(workers, Readiness::Ready)
}

/// A source that knows addresses only, as DNS does.
pub(crate) fn untold(workers: &[&Worker]) -> Box<dyn Discovery> {
    told(workers, Readiness::Untold)
}

fn told(workers: &[&Worker], readiness: Readiness) -> Box<dyn Discovery> {
    let endpoints = workers.iter().map(|worker| Endpoint { address: worker.address, readiness });
    Box::new(Told(watch::channel(endpoints.collect()).1))
}

/// Scaled down, so that a test of a time-out takes no seconds.
pub(crate) fn options() -> BalanceOptions {
    BalanceOptions {
        connect_deadline: Duration::from_millis(300),
        patience: Duration::from_millis(100),
        first_set_aside: Duration::from_millis(200),
        longest_set_aside: Duration::from_secs(2),
        health_period: Duration::from_millis(100),
        ..BalanceOptions::default()
    }
}

/// Reads over these workers, as a dispatcher does; an attempt may take 200 ms.
pub(crate) struct Reader(Edge);

impl Reader {
    pub(crate) fn over(discovery: Box<dyn Discovery>) -> Self {
        Self::by(balanced(discovery, options()))
    }

    pub(crate) fn by(workers: Channel) -> Self {
        Self(Edge::new(EdgeOptions {
            shop: ShopName::new("default", "downtown").unwrap(),
            publisher: Arc::new(NoBroker),
            workers,
            flows: Vec::new(),
            limits: Limits { read_deadline: Duration::from_millis(400), ..Limits::default() },
        }))
    }

    pub(crate) async fn read(&self) -> Result<EventOutcome, Status> {
        let request = GetOutcomeRequest { event_id: "e".to_owned(), ..Default::default() };
        let read = |workers| {
            let request = request.clone();
            async move { OutcomesClient::new(workers).get_outcome(request).await }
        };
        self.0.read(read).await
    }

    /// So many reads by so many clients at once; how many failed.
    pub(crate) async fn read_many(&self, clients: u32, each: u32) -> u32 {
        let client = |_| async {
            let mut failed = 0;
            for _ in 0..each {
                failed += u32::from(self.read().await.is_err());
            }
            failed
        };
        futures::future::join_all((0..clients).map(client)).await.into_iter().sum()
    }

    /// Until reads come through, which is when the first workers are known.
    pub(crate) async fn connected(self) -> Self {
        eventually("a first read", async || self.read().await.is_ok()).await;
        self
    }
}

struct NoBroker;

#[async_trait::async_trait]
impl Publisher for NoBroker {
    async fn publish(&self, _: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        Err(PublishError::Unavailable("reads need no broker".into()))
    }
}

/// Waits until the condition holds.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < DEADLINE, "waited too long for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
