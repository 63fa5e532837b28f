//! Callbacks come to a shop whose objects' service is slow: its workers wait for answers, with everything unacknowledged.
//! The pool grows by that, no worker goes that is needed for it, and nobody is asked again who has answered.

use crate::chapter_2_open::example;
use crate::door::Door;
use crate::kube_api::{PATIENCE, eventually};
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::api::Api;
use mongodb::bson::doc;
use pawnshop_resource::PawnShop;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const NAME: &str = "tagged";
const POOL: &str = "tagged-presence";
const OBJECTS: &str = "objects";
const MOST: i32 = 3;

/// Of which each worker has so many under way: they wait in the queue until the pool has grown, and then nowhere.
const IDS: usize = 60;
const AT_ONCE: i32 = 10;
/// Longer than the autoscaler takes to look (5 s) and than the pool waits before it shrinks (2 s) together: whoever took
/// what waits in the queue for the backlog would have let workers go before their answers come. And so much shorter than
/// a look-up may take that a machine that stands still for a moment lets none be given up.
const LATENCY: [&str; 2] = ["8s", "10s"];
/// The most that a pool may say.
const LOOK_UP_SECONDS: u64 = 12;

fn tagged() -> Value {
    let mut shop = example("presence.yaml");
    assert_eq!(shop["metadata"]["name"], NAME);
    shop["spec"]["dispatcher"] = json!({"replicas": 1});
    let pools = shop["spec"]["pools"].as_array_mut().unwrap();
    let [stock, presence] = pools.as_mut_slice() else { panic!("{pools:?}") };
    stock["autoscaling"] = json!({"min": 1, "max": 1});
    let config = &mut presence["config"];
    config["objectsUri"] = json!(format!("http://{OBJECTS}"));
    config["concurrency"] = json!(AT_ONCE);
    config["lookupSeconds"] = json!(LOOK_UP_SECONDS);
    // All are to be there in the end.
    config["seenForSeconds"] = json!(3600);
    presence["autoscaling"] =
        json!({"min": 1, "max": MOST, "backlogPerWorker": AT_ONCE, "scaleInStabilizationSeconds": 2});
    shop
}

/// What the objects' service counted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    begun: usize,
    answered: usize,
    in_flight: i32,
    distinct: usize,
}

/// What was seen at one moment.
#[derive(Debug)]
struct Sight {
    at: Duration,
    asked: Asked,
    workers: i32,
}

impl Sight {
    /// Everything that is left is with a worker, and with more than one.
    fn is_all_unacknowledged(&self) -> bool {
        self.asked.distinct == IDS && self.asked.in_flight > AT_ONCE
    }
}

pub(crate) async fn workers_that_wait_for_a_slow_service_stay_and_ask_it_once(stage: &Stage) {
    let kube = &stage.kube;
    let Some(image) = &stage.images.objects_service else {
        return eprintln!("    not told: PAWNSHOP_E2E_OBJECTS_SERVICE_IMAGE is not set");
    };
    stand_in(stage, image).await;
    kube.apply_shop(SHOPS, &tagged()).await;
    kube.told(SHOPS, NAME, "Progressing=False/Complete", PATIENCE).await;
    let objects = Door::kept_open(&stage.way, &kube.client, SHOPS, OBJECTS).await;
    eventually("the objects' service answers", async || objects.get("/stats").await.is_ok()).await;
    let shop = Door::kept_open(&stage.way, &kube.client, SHOPS, "tagged-dispatcher").await;
    eventually("the Service leads to a dispatcher", async || shop.get("/presence?limit=1").await.is_ok())
        .await;

    let ids: Vec<usize> = (0..IDS).collect();
    let called = shop.post("/callback", "all", &json!({"object_ids": ids})).await.unwrap();
    assert_eq!(called.status, 202, "{called:?}");
    let (begun, deployments) = (Instant::now(), kube.deployments(SHOPS));
    let mut sights = Vec::new();
    loop {
        let sight = Sight {
            at: begun.elapsed(),
            asked: serde_json::from_value(objects.get("/stats").await.unwrap().body).unwrap(),
            workers: workers(&deployments).await,
        };
        assert!(sight.at < PATIENCE, "it is not done, or not small again: {sight:?}");
        let is_over = sight.asked.answered >= IDS && sight.workers == 1;
        sights.push(sight);
        if is_over {
            break;
        }
        sleep(Duration::from_millis(200)).await;
    }

    let most = sights.iter().map(|sight| sight.workers).max().unwrap();
    assert_eq!(most, MOST, "{sights:?}");
    let waiting: Vec<_> = sights.iter().filter(|sight| sight.is_all_unacknowledged()).collect();
    let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else { panic!("{sights:?}") };
    for sight in &waiting {
        assert!(sight.workers * AT_ONCE >= sight.asked.in_flight, "{sight:?} among {sights:?}");
    }
    let end = sights.last().unwrap();
    eprintln!(
        "    {IDS} look-ups of {}-{}: {most} workers, all unacknowledged from {:.1?} to {:.1?}, one worker again after {:.1?}",
        LATENCY[0], LATENCY[1], first.at, last.at, end.at
    );
    let asked = end.asked;
    // One that was given up is asked again; nobody is who was answered.
    assert_eq!([asked.answered, asked.distinct], [IDS; 2], "each is answered once: {asked:?}");
    eprintln!("    {} of them were given up after {LOOK_UP_SECONDS} s and made again", asked.begun - IDS);
    let database = format!("{SHOPS}-{NAME}");
    eventually("each is seen", async || {
        stage.servers.count(&database, "presence", doc! {}).await == IDS as u64
    })
    .await;
    assert_eq!(shop.get("/presence/7").await.unwrap().status, 200);
    kube.delete::<PawnShop>(SHOPS, NAME).await;
    kube.delete::<Deployment>(SHOPS, OBJECTS).await;
    kube.delete::<Service>(SHOPS, OBJECTS).await;
}

/// The example's stand-in, slower than it is there, and with every object online.
async fn stand_in(stage: &Stage, image: &str) {
    let text = include_str!("../../../../examples/objects-service/kubernetes.yaml");
    let mut objects =
        serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap());
    let (mut deployment, service) = (objects.next().unwrap(), objects.next().unwrap());
    let container = &mut deployment["spec"]["template"]["spec"]["containers"][0];
    container["image"] = json!(image);
    let arguments = container["args"].as_array_mut().unwrap();
    assert_eq!(arguments.pop(), Some(json!("--online-share=0.5")));
    arguments.extend(
        [
            "--online-share=1".to_owned(),
            format!("--min-latency={}", LATENCY[0]),
            format!("--max-latency={}", LATENCY[1]),
        ]
        .map(Value::from),
    );
    stage.kube.apply::<Deployment>(SHOPS, &deployment).await;
    stage.kube.apply::<Service>(SHOPS, &service).await;
}

async fn workers(deployments: &Api<Deployment>) -> i32 {
    deployments.get(POOL).await.unwrap().spec.unwrap().replicas.unwrap_or_default()
}
