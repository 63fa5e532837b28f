//! KEDA scales a pool by what the operator tells it: the real KEDA, the real HPA controller, the operator's scaler and
//! ScaledObject, and a board that the test writes on.

use crate::support::{World, eventually};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};
use pawnshop_cluster::Keda;
use pawnshop_operator::build::scaled_object;
use pawnshop_operator::keda;
use pawnshop_operator::kind::Kind;
use pawnshop_operator::observe::Backlog;
use pawnshop_operator::scaling::backend::Backend;
use pawnshop_operator::scaling::board::{Board, Measured, PoolKey};
use pawnshop_operator::scaling::regime::{Paused, Regime};
use pawnshop_operator::validate::validate;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

const NAME: &str = "town-items";

/// Somebody who measures: puts on the board every second what the test says.
struct Measuring {
    value: watch::Sender<Backlog>,
    _task: AbortOnDropHandle<()>,
}

impl Measuring {
    fn begin(board: Arc<Board>, pool: PoolKey) -> Self {
        let (value, told) = watch::channel(Backlog::Known(0));
        let task = tokio::spawn(async move {
            let mut ticks = interval(Duration::from_secs(1));
            let mut changes = told.clone();
            loop {
                let value = told.borrow().clone();
                let (at, seen) = (Timestamp::now(), Instant::now());
                board.put(
                    pool.clone(),
                    Measured { value, at, seen, backlog_per_worker: NonZeroU32::MIN, stays_awake: false },
                );
                tokio::select! {
                    _ = ticks.tick() => {}
                    _ = changes.changed() => {}
                }
            }
        });
        Self { value, _task: AbortOnDropHandle::new(task) }
    }

    fn tell(&self, value: Backlog) {
        self.value.send_replace(value);
    }
}

/// A pool that KEDA scales, with the operator's scaler in this process.
struct Scaled {
    world: World,
    keda: Keda,
    measuring: Measuring,
    _serving: AbortOnDropHandle<std::io::Result<()>>,
}

impl Scaled {
    /// `None`, and noted, where there can be none.
    async fn new(test: &str) -> Option<Self> {
        Keda::available().map_err(|why| pawnshop_servers::skip(test, &why)).ok()?;
        let world = World::alone(test).await?;
        let keda = Keda::start(&world.cluster).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let board = Arc::new(Board::default());
        let serving = keda::serve(listener, Arc::clone(&board), CancellationToken::new());
        let pool =
            PoolKey { namespace: world.namespace.clone(), shop: "town".to_owned(), pool: "items".to_owned() };
        let measuring = Measuring::begin(board, pool);

        let spec = json!({"pools": [
            {"name": "items", "flows": ["item"], "autoscaling": {
                "min": 0, "max": 5, "backlogPerWorker": 10, "scaleInStabilizationSeconds": 0,
            }},
            {"name": "readers", "flows": ["buy-actions"], "replicas": 1},
        ]});
        let shop = validate(&world.apply_shop("town", &spec).await).unwrap();
        let regime = Regime { backend: Some(Backend::Keda), paused: Paused::None, at: Timestamp::now() };
        let scaled_object = scaled_object::of(&shop, &shop.pools[0], &regime, &address);
        let parameters = PatchParams::apply("tests").force();
        let deployments = Api::<Deployment>::namespaced(world.client.clone(), &world.namespace);
        deployments.patch(NAME, &parameters, &Patch::Apply(deployment())).await.unwrap();
        let api = world.api(Kind::ScaledObject);
        api.patch(NAME, &parameters, &Patch::Apply(scaled_object.object)).await.unwrap();
        Some(Self { world, keda, measuring, _serving: AbortOnDropHandle::new(tokio::spawn(serving)) })
    }

    async fn replicas(&self) -> i32 {
        let deployments = Api::<Deployment>::namespaced(self.world.client.clone(), &self.world.namespace);
        // None is told as nothing.
        deployments.get_scale(NAME).await.unwrap().spec.unwrap().replicas.unwrap_or_default()
    }

    async fn becomes(&mut self, replicas: i32) {
        self.keda.check().unwrap();
        eventually(&format!("{replicas} replicas"), async || self.replicas().await == replicas).await;
    }

    async fn scaled_object(&self) -> Value {
        self.world.api(Kind::ScaledObject).get(NAME).await.unwrap().data
    }

    /// Whether KEDA says that it is ready, or why not.
    async fn readiness(&self) -> String {
        let object = self.scaled_object().await;
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let ready = conditions.iter().find(|condition| condition["type"] == "Ready");
        ready.and_then(|ready| Some(ready["reason"].as_str()?.to_owned())).unwrap_or_default()
    }

    /// For how long the pool has been idle, as KEDA has it.
    async fn idle(&self) -> Duration {
        let since = self.scaled_object().await["status"]["lastActiveTime"].as_str().unwrap().to_owned();
        let since: Timestamp = since.parse().unwrap();
        Timestamp::now().duration_since(since).unsigned_abs()
    }
}

#[tokio::test]
async fn a_pool_in_kedas_care_wakes_grows_holds_what_is_unknown_and_sleeps_again() {
    const TEST: &str = "keda::a_pool_in_kedas_care_wakes_grows_holds_what_is_unknown_and_sleeps_again";
    let Some(mut pool) = Scaled::new(TEST).await else { return };
    pool.becomes(0).await;
    eventually("KEDA finds its scaler", async || pool.readiness().await == "ScaledObjectReady").await;
    assert_eq!(pool.replicas().await, 0);

    pool.measuring.tell(Backlog::Known(35));
    pool.becomes(4).await;

    pool.measuring.tell(Backlog::Unknown("the management API answers with status 500".to_owned()));
    eventually("KEDA tells that it knows nothing", async || pool.readiness().await == "TriggerError").await;
    let cooldown = pool.scaled_object().await["spec"]["cooldownPeriod"].as_u64().unwrap();
    // Far past every window after which a pool without work is made smaller.
    eventually("the pool has been without a known backlog for long", async || {
        assert_eq!(pool.replicas().await, 4);
        pool.idle().await > Duration::from_secs(cooldown + 10)
    })
    .await;

    pool.measuring.tell(Backlog::Known(0));
    pool.becomes(0).await;
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": NAME}},
            "template": {
                "metadata": {"labels": {"app": NAME}},
                "spec": {"containers": [{"name": "worker", "image": "pawnshop.test/none:1"}]},
            },
        },
    })
}
