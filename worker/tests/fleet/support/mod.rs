//! A shop to test in: three scripted flows, real backends behind switches that make them fail.

mod broker;
mod script;

pub(crate) use broker::Switched as SwitchedBroker;
pub(crate) use script::{ALPHA, BETA, CONCURRENCY, GAMMA, MARKS, THINGS};

use pawnshop_domain::{EventId, FlowName};
use pawnshop_events::Event;
use pawnshop_flow::PoolConfig;
use pawnshop_messaging::{Broker, RetrySchedule};
use pawnshop_messaging_embedded::{EmbeddedBroker, EmbeddedOptions};
use pawnshop_rpc::v1::dead_letters_client::DeadLettersClient;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_rpc::v1::{DeadLetter, EventOutcome, GetOutcomeRequest, ListDeadLettersRequest};
use pawnshop_rpc::{Channel, in_process};
use pawnshop_scaling::{Backlog, Limits};
use pawnshop_sqlite::{DataFolder, Synchronous};
use pawnshop_store::faulty::{Call, Fault, FaultyStore, Method};
use pawnshop_store::{Document, StoreError};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use pawnshop_worker::{Deadlines, Fleet, FleetOptions, PoolOptions, Probes};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// How a backend behaves behind its switch.
#[derive(Default)]
pub(crate) struct Switch(AtomicU8);

impl Switch {
    pub(crate) fn work(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    pub(crate) fn fail(&self) {
        self.0.store(1, Ordering::SeqCst);
    }

    pub(crate) fn hang(&self) {
        self.0.store(2, Ordering::SeqCst);
    }

    /// Whether the call is to fail; never comes back where it is to hang.
    async fn fails(&self) -> bool {
        match self.0.load(Ordering::SeqCst) {
            0 => false,
            1 => true,
            _ => std::future::pending().await,
        }
    }
}

/// Every call fails.
pub(crate) fn failing(_: &Call) -> Option<Fault> {
    Some(Fault::unavailable())
}

/// Every call hangs.
pub(crate) fn hanging(_: &Call) -> Option<Fault> {
    Some(Fault::Hang)
}

/// The store takes no declaration, and all else.
pub(crate) fn refusing_declarations(call: &Call) -> Option<Fault> {
    let why = || StoreError::Refused("an index of this name has other fields".to_owned());
    (call.method == Method::Declare).then(|| Fault::Fail(why()))
}

/// A running shop in a folder of its own.
pub(crate) struct Shop {
    pub(crate) fleet: Fleet,
    pub(crate) store: Arc<FaultyStore>,
    pub(crate) broker: Arc<SwitchedBroker>,
    _folder: tempfile::TempDir,
}

/// Two tiers, so that an event is tried three times.
pub(crate) fn schedule() -> RetrySchedule {
    RetrySchedule::new([20, 40].map(Duration::from_millis).to_vec())
}

/// One pool of all flows, of one worker.
pub(crate) fn one_pool() -> PoolOptions {
    PoolOptions {
        name: "all".to_owned(),
        flows: vec![ALPHA, BETA, GAMMA],
        limits: Limits { min: 1, max: 1, backlog_per_worker: NonZeroU32::new(100).unwrap() },
        stabilisation: Duration::from_millis(300),
        config: PoolConfig::default(),
        paused: false,
    }
}

/// A paused pool, so that events can be laid out before any worker sees them.
pub(crate) fn paused_pool() -> PoolOptions {
    PoolOptions { paused: true, ..one_pool() }
}

/// Scaled-down options over these backends. Whatever answers has seconds to do so, however busy the machine is.
pub(crate) fn options(
    broker: Arc<SwitchedBroker>,
    store: Arc<FaultyStore>,
    pool: PoolOptions,
) -> FleetOptions {
    let mut options = FleetOptions::new(broker, store, vec![pool]);
    options.services = vec![script::service()];
    options.schedule = schedule();
    options.sample_every = Duration::from_millis(20);
    options.deadlines = Deadlines {
        start: Duration::from_secs(2),
        handler: Duration::from_secs(5),
        store: Duration::from_secs(5),
        broker: Duration::from_secs(5),
        drain: Duration::from_secs(10),
    };
    options.probes = Probes {
        first: Duration::from_millis(10),
        longest: Duration::from_millis(50),
        deadline: Duration::from_millis(200),
    };
    options
}

/// How long a handler may take in a shop that is [`impatient`].
pub(crate) const IMPATIENCE: Duration = Duration::from_secs(1);

/// For a handler that hangs, and is to be given up several times: sooner than the store would be.
pub(crate) fn impatient(options: &mut FleetOptions) {
    options.deadlines.handler = IMPATIENCE;
}

/// Backends in a folder that goes when the guard does.
pub(crate) fn backends() -> (Arc<SwitchedBroker>, Arc<FaultyStore>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(folder.path()).unwrap();
    let queue = EmbeddedOptions { schedule: schedule(), synchronous: Synchronous::Off, ..Default::default() };
    let broker = EmbeddedBroker::open(&data, queue).unwrap();
    let documents = SqliteStoreOptions { synchronous: Synchronous::Off, ..Default::default() };
    let store = SqliteStore::open(&data, documents).unwrap();
    (Arc::new(SwitchedBroker::over(broker)), Arc::new(FaultyStore::over(Arc::new(store))), folder)
}

/// A shop of this pool.
pub(crate) async fn shop(pool: PoolOptions) -> Shop {
    shop_with(pool, |_| {}).await
}

/// A shop of this pool with changed options.
pub(crate) async fn shop_with(pool: PoolOptions, change: impl FnOnce(&mut FleetOptions)) -> Shop {
    start(pool, |_, _| {}, change).await
}

/// A shop of this pool that starts once something was done to its backends.
pub(crate) async fn shop_after(
    pool: PoolOptions,
    before: impl FnOnce(&SwitchedBroker, &FaultyStore),
) -> Shop {
    start(pool, before, |_| {}).await
}

async fn start(
    pool: PoolOptions,
    before: impl FnOnce(&SwitchedBroker, &FaultyStore),
    change: impl FnOnce(&mut FleetOptions),
) -> Shop {
    let (broker, store, folder) = backends();
    before(&broker, &store);
    let mut options = options(Arc::clone(&broker), Arc::clone(&store), pool);
    change(&mut options);
    let fleet = Fleet::start(options).await.unwrap();
    Shop { fleet, store, broker, _folder: folder }
}

impl Shop {
    /// Publishes one event per subject; their ids.
    pub(crate) async fn publish(&self, flow: &FlowName, subjects: &[&str]) -> Vec<EventId> {
        let events: Vec<Event> = subjects.iter().map(|subject| script::event(flow, subject)).collect();
        let ids = events.iter().map(|event| event.id).collect();
        self.publish_events(flow, events).await;
        ids
    }

    pub(crate) async fn publish_events(&self, flow: &FlowName, events: Vec<Event>) {
        self.broker.publisher().publish(flow, events).await.unwrap();
    }

    /// Lets the paused pool run.
    pub(crate) fn resume(&self) {
        self.fleet.set_paused("all", false).unwrap();
    }

    /// What the handlers have applied of these events.
    pub(crate) async fn applied(&self, ids: &[EventId]) -> Vec<Document> {
        let ids: Vec<String> = ids.iter().map(EventId::to_string).collect();
        self.store.inner().get_many(&THINGS, &ids).await.unwrap()
    }

    /// Waits until all of these events are applied; the attempts that each had failed before.
    pub(crate) async fn wait_applied(&self, ids: &[EventId]) -> Vec<i64> {
        eventually("all are applied", async || self.applied(ids).await.len() == ids.len()).await;
        let documents = self.applied(ids).await;
        documents.iter().map(|document| document.integer("attempt").unwrap()).collect()
    }

    /// Waits until no event is ready, unacknowledged or delayed.
    pub(crate) async fn wait_empty(&self) {
        eventually("the queues are empty", async || {
            for flow in [ALPHA, BETA, GAMMA] {
                let left =
                    self.broker.inner().backlog(&flow).await + self.broker.inner().delayed(&flow).await;
                if left != Backlog::Known(0) {
                    return false;
                }
            }
            true
        })
        .await;
    }

    /// Sets or takes away a mark that scripts look at.
    pub(crate) async fn mark(&self, mark: &str, there: bool) {
        let store = self.store.inner();
        if there {
            store.insert_many(&MARKS, vec![Document::new(mark, Default::default())]).await.unwrap();
        } else {
            store.delete(&MARKS, &[mark.to_owned()]).await.unwrap();
        }
    }

    pub(crate) async fn is_marked(&self, mark: &str) -> bool {
        !self.store.inner().get_many(&MARKS, &[mark.to_owned()]).await.unwrap().is_empty()
    }

    pub(crate) fn letters(&self) -> DeadLettersClient<Channel> {
        DeadLettersClient::new(in_process(self.fleet.routes()))
    }

    /// All dead letters, as they are listed.
    pub(crate) async fn list(&self) -> Vec<DeadLetter> {
        let request = ListDeadLettersRequest { flow: String::new(), limit: 100, after: String::new() };
        self.letters().list(request).await.unwrap().into_inner().letters
    }

    /// Waits for so many dead letters.
    pub(crate) async fn wait_letters(&self, count: usize) -> Vec<DeadLetter> {
        eventually("there are dead letters", async || self.list().await.len() >= count).await;
        self.list().await
    }

    /// What is known of an event of this content; an empty one stands for any.
    pub(crate) async fn outcome(&self, id: EventId, content_hash: &str) -> Option<EventOutcome> {
        let request = GetOutcomeRequest {
            event_id: id.to_string(),
            flow: String::new(),
            content_hash: content_hash.to_owned(),
        };
        let mut client = OutcomesClient::new(in_process(self.fleet.routes()));
        match client.get_outcome(request).await {
            Ok(outcome) => Some(outcome.into_inner()),
            Err(status) if status.code() == tonic::Code::NotFound => None,
            Err(status) => panic!("{status}"),
        }
    }

    /// Waits until something is known of an event.
    pub(crate) async fn wait_outcome(&self, id: EventId, content_hash: &str) -> EventOutcome {
        eventually("its outcome is known", async || self.outcome(id, content_hash).await.is_some()).await;
        self.outcome(id, content_hash).await.unwrap()
    }

    /// The workers of the only pool.
    pub(crate) fn workers(&self) -> u32 {
        self.fleet.status().pools[0].workers
    }
}

/// An event of a flow whose handler will do what `subject` says.
pub(crate) fn event(flow: &FlowName, subject: &str) -> Event {
    script::event(flow, subject)
}

/// Waits for a condition, for at most 20 s.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waited).await.unwrap_or_else(|_| panic!("never: {what}"));
}
