//! Looks at the pools of one shop, in a cluster without pods.

use super::*;
use crate::children::{Children, Rollout, Sighting};
use crate::leader::Leadership;
use crate::observe::{Queue, Workers};
use crate::scaling::board::{Board, FRESH, PoolKey};
use crate::scaling::doorbell::AmqpDoorbells;
use crate::scaling::measure::FlowQueue;
use crate::scaling::scalers::Tempo;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::client::Body;
use kube::runtime::watcher::Event;
use pawnshop_scaling::{Limits, Reason, Rule};
use serde_json::json;
use std::num::NonZeroU32;
use tokio::sync::mpsc;
use tokio::time::advance;

fn client() -> Client {
    let service = tower::service_fn(|_: http::Request<Body>| async {
        let pods = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": []});
        Ok::<_, tower::BoxError>(http::Response::new(Body::from(pods.to_string().into_bytes())))
    });
    Client::new(service, "shops")
}

/// A world in which the pool `items` of the shop `town` is to have so many workers.
fn world(workers: u32) -> Arc<World> {
    pawnshop_runtime::tls::install_provider();
    let children = Children::default();
    let metadata = ObjectMeta {
        namespace: Some("shops".to_owned()),
        name: Some("town-items".to_owned()),
        ..ObjectMeta::default()
    };
    let rollout = Some(Rollout { wanted: workers, ..Rollout::default() });
    children.note(Kind::Deployment, Event::Apply(Sighting { metadata, rollout }));
    Arc::new(World {
        client: client(),
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

fn key() -> PoolKey {
    PoolKey { namespace: "shops".to_owned(), shop: "town".to_owned(), pool: "items".to_owned() }
}

/// 0 to 10 workers, a hundred events each.
fn plan() -> Plan {
    let limits = Limits { min: 0, max: 10, backlog_per_worker: NonZeroU32::new(100).unwrap() };
    let item =
        FlowQueue { flow: "item".to_owned(), queue: "shops.town.item".to_owned(), most_per_message: 1 };
    Plan {
        pools: vec![PoolPlan {
            key: key(),
            deployment: "town-items".to_owned(),
            queues: vec![item],
            is_scaled: true,
            rule: Rule { limits, schedule: None, surge: None, paused: false },
            stabilisation: Duration::ZERO,
        }],
        backend: Some(Backend::Builtin),
        queue_prefix: "shops.town.".to_owned(),
        amqp: None,
        before: Vec::new(),
    }
}

/// So many messages in the pool's queue.
fn reading(messages: u64) -> Reading {
    let queue = Queue { messages: Some(messages), bytes: Some(0), running: true, ..Queue::default() };
    Reading::Queues(BTreeMap::from([("shops.town.item".to_owned(), queue)]))
}

#[tokio::test(start_paused = true)]
async fn what_was_read_long_ago_scales_nothing() {
    let world = world(3);
    let mut scaler = scaler(&world);
    let (plan, observed) = (plan(), Observed::now(reading(120)));
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
