use super::doubts::{Doubts, is_active};
use super::history::History;
use crate::support::{PATIENCE, World, eventually};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v1::{Scale, ScaleSpec};
use k8s_openapi::api::autoscaling::v2::{HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, Patch, PatchParams, PostParams};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_messaging::contract::{event, flow};
use pawnshop_messaging::{Broker, Consumer};
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
use pawnshop_resource::{PawnShopStatus, PoolStatus};
use pawnshop_servers::{Door, Rabbit};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Settings by which tests need not wait for minutes.
pub(crate) const QUICK: [&str; 1] = ["--broker-poll-interval=1s"];

/// Ten messages: no pod tells how large events are, so that each message counts as full.
const PER_WORKER: u32 = 10 * 256;

/// Longer than the broker's statistics lag, an answer may take, and the stabilisation window lasts, together.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// How soon after its first event is confirmed a pool that sleeps is awake.
const AWAKE: Duration = Duration::from_secs(3);

/// A shop on a real broker, with a pool that is scaled (`items`, of the flow `item`, ten messages a worker, 1 to 5) and
/// one that sleeps (`sales`, of `buy-actions`).
pub(crate) struct Shop<'a> {
    world: &'a World,
    rabbit: &'a Rabbit,
    pub(crate) name: String,
    /// The way to the management API.
    pub(crate) door: Door,
    broker: Arc<RabbitBroker>,
}

impl<'a> Shop<'a> {
    /// Its queues are declared, and its resource is applied.
    pub(crate) async fn new(world: &'a World, rabbit: &'a Rabbit, name: &str) -> Self {
        pawnshop_runtime::tls::install_provider();
        let management = rabbit.management_uri().unwrap();
        let server = management.rsplit_once('@').unwrap().1.trim_end_matches('/');
        let door = Door::before(management).await.unwrap();
        let mut options =
            RabbitOptions::new(rabbit.uri().into(), ShopName::new(&world.namespace, name).unwrap());
        // Each event is a message of its own, and all of a publish are on their way at once: what is to be followed is
        // there before anybody looks.
        options.max_events = ["item", "buy-actions"].map(|of| (flow(of), 1)).into();
        options.deadlines.publish = PATIENCE;
        let broker = Arc::new(RabbitBroker::start(options).unwrap());
        eventually("queues are declared", async || {
            broker.declare(&[flow("item"), flow("buy-actions")]).await.is_ok()
        })
        .await;
        let shop = Self { world, rabbit, name: name.to_owned(), door, broker };
        shop.says_where_the_broker_is(&management.replace(server, &shop.door.address().to_string())).await;
        shop.apply(&json!({})).await;
        shop
    }

    /// Writes the Secret with the broker's URIs.
    pub(crate) async fn says_where_the_broker_is(&self, management: &str) {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("{}-broker", self.name)},
            "stringData": {"uri": self.rabbit.uri(), "managementUri": management},
        });
        let api = Api::<Secret>::namespaced(self.world.client.clone(), &self.world.namespace);
        let parameters = PatchParams::apply("tests").force();
        api.patch(&format!("{}-broker", self.name), &parameters, &Patch::Apply(secret)).await.unwrap();
    }

    /// With these fields of `items`' autoscaling beside the usual ones.
    pub(crate) async fn apply(&self, more: &Value) {
        self.apply_scaled_by("Auto", more).await;
    }

    /// The same with this backend.
    pub(crate) async fn apply_scaled_by(&self, backend: &str, more: &Value) {
        let mut items =
            json!({"min": 1, "max": 5, "backlogPerWorker": PER_WORKER, "scaleInStabilizationSeconds": 2});
        for (field, value) in more.as_object().unwrap() {
            items[field] = value.clone();
        }
        let key = |key: &str| json!({"secretKeyRef": {"name": format!("{}-broker", self.name), "key": key}});
        let spec = json!({
            "scaling": {"backend": backend},
            "broker": {"uri": key("uri"), "managementUri": key("managementUri")},
            "pools": [
                {"name": "items", "flows": ["item"], "autoscaling": items},
                {"name": "sales", "flows": ["buy-actions"], "autoscaling": {
                    "min": 0, "max": 5, "backlogPerWorker": PER_WORKER, "scaleInStabilizationSeconds": 2,
                }},
            ],
        });
        self.world.apply_shop(&self.name, &spec).await;
    }

    pub(crate) async fn publish(&self, flow: &FlowName, events: usize) {
        self.broker.publisher().publish(flow, (0..events).map(event).collect()).await.unwrap();
    }

    /// Wakes a pool that sleeps by an event, and again where that took long: the machine may have had much else to do,
    /// but not each time. How long it took.
    pub(crate) async fn wakes(&self, pool: &str, of: &str) -> Vec<Duration> {
        let mut woken = Vec::new();
        loop {
            self.publish(&flow(of), 1).await;
            woken.push(self.becomes(pool, 1).await);
            if woken.last() < Some(&AWAKE) {
                return woken;
            }
            assert!(woken.len() < 3, "{pool} is awake {woken:?} after its first event was confirmed");
            self.purge(of).await;
            self.becomes(pool, 0).await;
        }
    }

    pub(crate) async fn consumer(&self, of: &str) -> Box<dyn Consumer> {
        self.broker.consume(&[flow(of)]).await.unwrap()
    }

    fn queue(&self, flow: &str) -> String {
        format!("{}.{}.{flow}", self.world.namespace, self.name)
    }

    pub(crate) async fn purge(&self, flow: &str) {
        self.rabbit.rabbitmqctl(&["purge_queue", &self.queue(flow)]).await.unwrap();
    }

    pub(crate) async fn delete_queue(&self, flow: &str) {
        self.rabbit.rabbitmqctl(&["delete_queue", &self.queue(flow)]).await.unwrap();
    }

    pub(crate) async fn declare(&self) {
        eventually("queues are declared", async || {
            self.broker.declare(&[flow("item"), flow("buy-actions")]).await.is_ok()
        })
        .await;
    }

    fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.world.client.clone(), &self.world.namespace)
    }

    /// How many workers a pool is to have; `None`: its Deployment is not there.
    pub(crate) async fn workers(&self, pool: &str) -> Option<i32> {
        let scale = self.deployments().get_scale(&format!("{}-{pool}", self.name)).await.ok()?;
        // The API server leaves a 0 out.
        Some(scale.spec?.replicas.unwrap_or_default())
    }

    /// As somebody does with kubectl.
    pub(crate) async fn scale_by_hand(&self, pool: &str, workers: i32) {
        let name = format!("{}-{pool}", self.name);
        let mut scale: Scale = self.deployments().get_scale(&name).await.unwrap();
        scale.spec = Some(ScaleSpec { replicas: Some(workers) });
        scale.metadata.resource_version = None;
        self.deployments().replace_scale(&name, &PostParams::default(), &scale).await.unwrap();
    }

    /// Waits until a pool is to have so many; how long that took.
    pub(crate) async fn becomes(&self, pool: &str, workers: i32) -> Duration {
        let begun = Instant::now();
        while self.workers(pool).await != Some(workers) {
            let waited = begun.elapsed();
            assert!(
                waited < PATIENCE,
                "{} {pool} has not {workers} workers: {:#?}",
                self.name,
                self.status().await
            );
            sleep(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }

    /// Fails if a pool is ever to have another number for this long.
    pub(crate) async fn stays(&self, pool: &str, workers: i32, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            assert_eq!(
                self.workers(pool).await,
                Some(workers),
                "{} {pool}: {:?}",
                self.name,
                self.told(pool).await
            );
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Every number that a pool is to have, from now on.
    pub(crate) fn history(&self, pool: &str) -> History {
        History::of(self.deployments(), &format!("{}-{pool}", self.name))
    }

    fn autoscalers(&self) -> Api<HorizontalPodAutoscaler> {
        Api::namespaced(self.world.client.clone(), &self.world.namespace)
    }

    /// What a pool's HorizontalPodAutoscaler is to do, if there is one.
    pub(crate) async fn autoscaler(&self, pool: &str) -> Option<HorizontalPodAutoscalerSpec> {
        self.autoscalers().get_opt(&format!("{}-{pool}", self.name)).await.unwrap()?.spec
    }

    /// Waits until a pool's HorizontalPodAutoscaler says that it knows the backlog.
    pub(crate) async fn is_followed(&self, pool: &str) {
        let name = format!("{}-{pool}", self.name);
        eventually(&format!("an HPA scales {name}"), async || {
            let told = self.autoscalers().get_opt(&name).await.unwrap();
            told.is_some_and(|told| is_active(&told) == Some(true))
        })
        .await;
    }

    /// Every answer of a pool's HorizontalPodAutoscaler to whether it knows the backlog, from now on.
    pub(crate) fn doubts(&self, pool: &str) -> Doubts {
        Doubts::of(self.autoscalers(), &format!("{}-{pool}", self.name))
    }

    /// Holds these pools as they are, by the annotation; `None`: no pool.
    pub(crate) async fn pause(&self, pools: Option<&str>) {
        let annotation =
            Patch::Merge(json!({"metadata": {"annotations": {"pawnshop.dev/paused-scaling": pools}}}));
        self.world.shops().patch(&self.name, &PatchParams::default(), &annotation).await.unwrap();
    }

    async fn status(&self) -> PawnShopStatus {
        self.world.shops().get(&self.name).await.unwrap().status.unwrap_or_default()
    }

    /// What the status tells of a pool.
    pub(crate) async fn told(&self, pool: &str) -> PoolStatus {
        self.status().await.pools.into_iter().find(|told| told.name == pool).unwrap_or_default()
    }
}
