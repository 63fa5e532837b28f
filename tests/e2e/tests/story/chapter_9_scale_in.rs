//! A pool is to have fewer workers while one of them is at a long piece of work: the idle ones go. And the plugin tells why.

use crate::chapter_2_open::example;
use crate::kube_api::{PATIENCE, eventually};
use crate::metric::backlog;
use crate::plugin::said;
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use mongodb::bson::doc;
use pawnshop_domain::{EventId, ShopName};
use pawnshop_e2e::restorations::{COLLECTION, RESTORATIONS, Restoration, WORKER};
use pawnshop_events::{ContentHash, Event};
use pawnshop_messaging::Broker;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
use pawnshop_resource::PawnShop;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const NAME: &str = "workshop";
const POOL: &str = "restorers";
const RESTORERS: &str = "pawnshop.dev/shop=workshop,pawnshop.dev/pool=restorers";

/// Events that take no time, and one that takes long: longer than a worker must be at it to count as busy (10 s), and
/// than the pool takes to shrink then.
const SHORT: usize = 20;
const LONG: Duration = Duration::from_secs(60);
/// When a worker tells that it has held a batch for long.
const BUSY_AFTER: Duration = Duration::from_secs(12);

/// What is said to Kubernetes of a pod that is to go last.
const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

fn workshop(image: &str, fewest: u32) -> Value {
    let mut shop = example("own-worker.yaml");
    shop["metadata"]["name"] = json!(NAME);
    shop["spec"]["dispatcher"] = json!({"replicas": 1});
    let restorers = json!({
        "name": POOL, "flows": ["restorations"], "image": image,
        // Longer than the long event.
        "terminationGracePeriodSeconds": 90,
        "autoscaling": {
            "min": fewest, "max": 3, "backlogPerWorker": 100, "scaleInStabilizationSeconds": 5,
        },
    });
    // A shop takes some event of its dispatcher's.
    shop["spec"]["pools"] = json!([restorers, {"name": "items", "flows": ["item"], "replicas": 1}]);
    shop
}

pub(crate) async fn idle_workers_go_and_the_busy_one_stays_until_its_work_is_done(stage: &Stage) {
    let kube = &stage.kube;
    let Some(image) = &stage.images.slow_worker else {
        return eprintln!("    not told: PAWNSHOP_E2E_SLOW_WORKER_IMAGE is not set");
    };
    kube.apply_shop(SHOPS, &workshop(image, 3)).await;
    kube.told(SHOPS, NAME, "Progressing=False/Complete", PATIENCE).await;
    let name = ShopName::new(SHOPS, NAME).unwrap();
    let options = RabbitOptions::new(stage.servers.administrators_broker_uri().into(), name.clone());
    let broker = RabbitBroker::start(options).unwrap();
    eventually("the queue is there", async || broker.declare(&[RESTORATIONS]).await.is_ok()).await;
    let publish = async |seconds: u64| {
        let restoration = Restoration { item_id: "violin".to_owned(), seconds };
        let id = EventId::fresh();
        let event = Event::new(id, &name, "violin", ContentHash::from_text("v1:00"), &restoration);
        broker.publisher().publish(&RESTORATIONS, vec![event]).await.unwrap();
        id.to_string()
    };
    for _ in 0..SHORT {
        publish(0).await;
    }
    let database = format!("{SHOPS}-{NAME}");
    let done = async || stage.servers.count(&database, COLLECTION.name, doc! {}).await;
    eventually("what is short is done", async || done().await == SHORT as u64).await;
    let (begun, long) = (Instant::now(), publish(LONG.as_secs()).await);
    // That one is at work is told before, by the share of their time; which one it is, only then.
    sleep_until(begun + BUSY_AFTER).await;
    // One event, which keeps a worker: as many events as a worker is for.
    eventually("the operator sees that a worker is busy", async || {
        backlog(stage, NAME, POOL).await.is_ok_and(|events| events == Some(100))
    })
    .await;
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());

    kube.apply_shop(SHOPS, &workshop(image, 1)).await;
    let mut dear = BTreeSet::new();
    eventually("one worker is left to be", async || {
        let pods = kube.pods_of(SHOPS, RESTORERS).await;
        dear.extend(pods.iter().filter(|pod| cost(pod) == Some("100")).map(ResourceExt::name_any));
        let left: Vec<_> = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).collect();
        left.len() == 1
    })
    .await;
    let shrunk = begun.elapsed();
    let left = kube.pods_of(SHOPS, RESTORERS).await;
    let left = left.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).map(ResourceExt::name_any);
    let left: BTreeSet<_> = left.collect();
    assert_eq!(done().await, SHORT as u64, "it is still at work after {shrunk:?}");
    assert_eq!(dear, left, "the one that was said to be dear is the one that is left");
    why(stage).await;
    let mut document = None;
    eventually("the long one is done", async || {
        document = stage.servers.document(&database, COLLECTION.name, &long).await;
        document.is_some()
    })
    .await;
    let worker = document.unwrap().get_str(WORKER).unwrap().to_owned();
    eprintln!(
        "    3 workers became 1 after {shrunk:.1?}, and the one at work was done after {:.1?}",
        begun.elapsed()
    );
    assert_eq!(BTreeSet::from([worker]), left, "done by the worker that was at it, which stayed");
    assert_eq!(done().await, SHORT as u64 + 1);
    broker.close().await;
    kube.delete::<PawnShop>(SHOPS, NAME).await;
}

fn cost(pod: &Pod) -> Option<&str> {
    pod.annotations().get(COST).map(String::as_str)
}

/// What the platform engineer is told of it.
async fn why(stage: &Stage) {
    let mut told = Value::Null;
    eventually("the change is on record", async || {
        let json = said(stage, &["why-scaled", POOL, "-o", "json"]).await;
        assert_eq!(json.code, Some(0), "{json:?}");
        told = serde_json::from_str(&json.out).unwrap();
        told["changes"][0]["to"] == 1
    })
    .await;
    let text = said(stage, &["why-scaled", POOL]).await;
    eprintln!("{}", text.out);
    for line in [
        "scaled by a HorizontalPodAutoscaler by the operator's metric, and the operator between 0 and 1 (ExternalMetrics)",
        "100 events per worker",
        "the operator's metric, measured ",
        "  1 to 3, now ",
        "3 -> 1 ",
        "ScalingActive of the shop: True",
    ] {
        assert!(text.out.contains(line), "{line} in\n{}", text.out);
    }
    let inputs = &told["inputs"];
    assert_eq!(
        (&inputs["backlog"], &inputs["backlogFrom"], &inputs["min"], &inputs["max"]),
        (&json!(100), &json!("metric"), &json!(1), &json!(3)),
        "{told}"
    );
    let change = &told["changes"][0];
    assert_eq!((&change["from"], &change["reason"]), (&json!(3), &json!("BacklogShrank")), "{told}");
}
