//! Looks at the pools of one shop, in a cluster that tells nothing of pods.

use super::*;
use crate::children::{Children, Rollout, Sighting};
use crate::dereference::{AmqpAccess, BrokerTls};
use crate::leader::Leadership;
use crate::observe::{Queue, Workers};
use crate::scaling::board::{Board, FRESH, PoolKey};
use crate::scaling::doorbell::AmqpDoorbells;
use crate::scaling::scalers::Tempo;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::client::Body;
use kube::runtime::watcher::Event;
use pawnshop_scaling::{Limits, Memory, Patience, Reason, Rule};
use serde_json::json;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use tokio::sync::mpsc;
use tokio::time::{advance, timeout};

/// A cluster without pods.
fn without_pods() -> Client {
    let service = tower::service_fn(|_: http::Request<Body>| async {
        let pods = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": []});
        Ok::<_, tower::BoxError>(http::Response::new(Body::from(pods.to_string().into_bytes())))
    });
    Client::new(service, "shops")
}

/// One that never answers.
fn silent() -> Client {
    let service = tower::service_fn(|_: http::Request<Body>| {
        std::future::pending::<Result<http::Response<Body>, tower::BoxError>>()
    });
    Client::new(service, "shops")
}

/// A world in which these pools of the shop `town` are to have so many workers.
fn world(client: Client, pools: &[(&str, u32)]) -> Arc<World> {
    pawnshop_runtime::tls::install_provider();
    let children = Children::default();
    for (pool, workers) in pools {
        let metadata = ObjectMeta {
            namespace: Some("shops".to_owned()),
            name: Some(format!("town-{pool}")),
            ..ObjectMeta::default()
        };
        let rollout = Some(Rollout { wanted: *workers, ..Rollout::default() });
        children.note(Kind::Deployment, Event::Apply(Sighting { metadata, rollout }));
    }
    Arc::new(World {
        client,
        leadership: Leadership::new().1,
        children: Arc::new(children),
        workers: Arc::new(Workers::new().unwrap()),
        board: Arc::new(Board::default()),
        doorbells: AmqpDoorbells::default(),
        changed: mpsc::channel(1).0,
        tempo: Tempo { asleep: Duration::from_secs(1), anyway: Duration::from_secs(10) },
    })
}

fn scaler(world: &Arc<World>) -> Scaler {
    Scaler {
        shop: ("shops".to_owned(), "town".to_owned()),
        world: Arc::clone(world),
        pools: Vec::new(),
        queues: Queues::default(),
        doorbell: None,
        told: Arc::default(),
    }
}

fn key(pool: &str) -> PoolKey {
    PoolKey { namespace: "shops".to_owned(), shop: "town".to_owned(), pool: pool.to_owned() }
}

/// For pools of 0 to 10 workers, a hundred events each, and a queue of the pool's name.
fn plan(pools: &[&str]) -> Plan {
    let limits = Limits { min: 0, max: 10, backlog_per_worker: NonZeroU32::new(100).unwrap() };
    let pool = |name: &&str| PoolPlan {
        key: key(name),
        deployment: format!("town-{name}"),
        queues: vec![FlowQueue {
            flow: (*name).to_owned(),
            queue: format!("shops.town.{name}"),
            most_per_message: 1,
        }],
        is_scaled: true,
        rule: Rule { limits, schedule: None, surge: None, paused: false },
        stabilisation: Duration::ZERO,
    };
    Plan {
        pools: pools.iter().map(pool).collect(),
        backend: Some(Backend::Builtin),
        queue_prefix: "shops.town.".to_owned(),
        amqp: None,
        before: Vec::new(),
    }
}

/// So many messages in the queues of these pools.
fn reading(pools: &[(&str, u64)]) -> Reading {
    let queue = |(pool, messages): &(&str, u64)| {
        let queue = Queue { messages: Some(*messages), bytes: Some(0), running: true, ..Queue::default() };
        (format!("shops.town.{pool}"), queue)
    };
    Reading::Queues(pools.iter().map(queue).collect::<BTreeMap<_, _>>())
}

#[tokio::test(start_paused = true)]
async fn what_was_read_long_ago_scales_nothing() {
    let world = world(without_pods(), &[("items", 3)]);
    let mut scaler = scaler(&world);
    let (plan, observed) = (plan(&["items"]), Observed::now(reading(&[("items", 120)])));
    let mut looks = async || {
        scaler.look(&plan, &observed, None).await;
        let told = &scaler.pools[0].told;
        (told.backlog.clone(), told.decision.as_ref().map(|decision| (decision.to, decision.why)))
    };
    assert_eq!(looks().await, (Backlog::Known(120), Some((2, Reason::BacklogShrank))));
    advance(FRESH + Duration::from_secs(1)).await;
    let (backlog, decision) = looks().await;
    assert!(matches!(backlog, Backlog::Unknown(_)), "{backlog:?}");
    assert_eq!(decision, Some((3, Reason::BacklogUnknown)));
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_sleeps_waits_for_no_pods() {
    let world = world(silent(), &[("items", 3), ("sales", 0)]);
    let (plan, observed) = (plan(&["items", "sales"]), Observed::now(reading(&[("items", 1), ("sales", 1)])));
    let value = |pool| world.board.get(&key(pool)).map(|measured| measured.value);
    let mut scaler = scaler(&world);
    let looking = timeout(Duration::from_secs(3), scaler.look(&plan, &observed, None));
    assert!(looking.await.is_err(), "nothing is known of the pods");
    assert_eq!((value("sales"), value("items")), (Some(Backlog::Known(1)), None));
    scaler.look(&plan, &observed, None).await;
    assert_eq!(value("items"), Some(Backlog::Known(300)), "any of them may be busy");
}

#[tokio::test]
async fn the_queues_of_a_pool_that_keda_is_to_wake_are_looked_at_too() {
    for (backend, is_known) in [(Backend::Builtin, false), (Backend::Keda, true)] {
        let world = world(without_pods(), &[("items", 0)]);
        let mut scaler = scaler(&world);
        let nobody = AmqpAccess { uri: "amqp://u:p@127.0.0.1:1".into(), tls: BrokerTls::default() };
        let plan = Plan { backend: Some(backend), amqp: Some(nobody), ..plan(&["items"]) };
        scaler.look(&plan, &Observed::now(reading(&[("items", 7)])), None).await;
        assert!(scaler.doorbell.is_some(), "{backend:?}");
        let value = world.board.get(&key("items")).unwrap().value;
        assert_eq!(value == Backlog::Known(7), is_known, "{backend:?}: {value:?}");
    }
}

#[test]
fn who_is_dear_is_told_before_a_minimum_or_a_pause_lets_go() {
    let told = |(from, asked), (min, max), paused| {
        let limits = Limits { min, max, backlog_per_worker: NonZeroU32::MIN };
        let work = Work { backlog: Backlog::Known(asked), busy: 0 };
        let seen = Seen { work, delayed: Backlog::Known(0), handled: false, current: from };
        let mut memory = Memory::new(Duration::from_secs(300), Patience::default());
        let rule = Rule { limits, schedule: None, surge: None, paused };
        fewer_would_do(&decide(&mut memory, Instant::now().into_std(), &rule, &seen))
    };
    assert!(told((5, 2), (1, 10), false));
    assert!(told((5, 2), (5, 10), false), "held by the minimum");
    assert!(told((5, 2), (1, 10), true), "held by a pause");
    assert!(told((5, 8), (1, 4), false), "no more may be");
    assert!(!told((5, 5), (1, 10), false));
    assert!(!told((1, 0), (0, 10), false), "the last one goes when it holds nothing");
}
