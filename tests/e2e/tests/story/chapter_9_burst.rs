//! A burst comes to a pool that sleeps: it wakes, grows to its maximum, drains, and sleeps again, by the metric that the
//! operator serves and the cluster's own HorizontalPodAutoscaler; and nothing is lost, and nothing there twice.

use crate::chapter_2_open::example;
use crate::door::Door;
use crate::kube_api::{PATIENCE, eventually};
use crate::metric::backlog;
use crate::plugin::said;
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::api::Api;
use mongodb::bson::doc;
use pawnshop_bench_simulation::plot::{Panel, panels};
use pawnshop_resource::PawnShop;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Events of the burst; another number in `PAWNSHOP_E2E_BURST`, and a picture of it in the file that
/// `PAWNSHOP_E2E_BURST_SVG` names.
const EVENTS: usize = 10_000;
const WRITERS: usize = 32;

const NAME: &str = "market";
const TRADE: &str = "market-trade";
const MOST: i32 = 4;

/// What is added to two periods of the HPA controller, for a machine of two cores that runs everything; how long it took
/// is printed.
const SLOWNESS: Duration = Duration::from_secs(10);

/// When the first worker comes is printed: within a second or two of the first event, on a quiet machine. On this one the
/// writers begin at the same time.
const AWAKE: Duration = Duration::from_secs(30);

/// So few that a worker cannot keep up for long enough to need no other.
fn per_worker(events: usize) -> u64 {
    (events as u64 / 1000).max(20)
}

fn market(per_worker: u64) -> Value {
    let mut shop = example("own-worker.yaml");
    shop["metadata"]["name"] = json!(NAME);
    shop["spec"]["dispatcher"] = json!({"replicas": 1});
    shop["spec"]["pools"] = json!([
        {"name": "stock", "flows": ["item"], "autoscaling": {"min": 1, "max": 2}},
        {"name": "trade", "flows": ["buy-actions", "sell-actions", "pawn-actions"], "autoscaling": {
            "min": 0, "max": MOST, "backlogPerWorker": per_worker, "scaleInStabilizationSeconds": 10,
        }},
    ]);
    shop
}

/// What the plugin tells of a change of the number of workers.
#[derive(Debug, Deserialize)]
struct Change {
    from: u32,
    to: u32,
    reason: String,
}

/// What was seen at one moment.
#[derive(Debug)]
struct Sight {
    at: Duration,
    /// What the API server answers when it is asked for the metric.
    backlog: Option<u64>,
    workers: i32,
    ready: i32,
}

pub(crate) async fn a_burst_is_followed_and_nothing_is_lost(stage: &Stage) {
    let kube = &stage.kube;
    let events = std::env::var("PAWNSHOP_E2E_BURST").map_or(EVENTS, |events| events.parse().unwrap());
    let per_worker = per_worker(events);
    kube.apply_shop(SHOPS, &market(per_worker)).await;
    kube.told(SHOPS, NAME, "Ready=True", PATIENCE).await;
    let deployments = kube.deployments(SHOPS);
    let workers = async || sizes(&deployments.get(TRADE).await.unwrap()).0;
    eventually("the pool sleeps", async || workers().await == 0).await;
    let autoscalers = Api::<HorizontalPodAutoscaler>::namespaced(kube.client.clone(), SHOPS);
    assert_eq!(autoscalers.get(TRADE).await.unwrap().spec.unwrap().min_replicas, Some(1));

    let door = Door::kept_open(&stage.way, &kube.client, SHOPS, "market-dispatcher").await;
    eventually("the Service leads to a dispatcher", async || door.get("/item/fetch/violin").await.is_ok())
        .await;
    let begun = Instant::now();
    let writing = tokio::spawn(write(door, events));
    let mut sights = Vec::new();
    let database = format!("{SHOPS}-{NAME}");
    let watched = async {
        loop {
            let sight = see(stage, &deployments, begun.elapsed()).await;
            let is_over = writing.is_finished() && sight.workers == 0 && sights.len() > 20;
            sights.push(sight);
            if is_over {
                return;
            }
            sleep(Duration::from_millis(200)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE * 6, watched).await.is_ok(), "it does not sleep again");
    let acknowledged = writing.await.unwrap();
    draw(&sights);

    let first = |what: &str, is_it: &dyn Fn(&Sight) -> bool| {
        let found = sights.iter().find(|sight| is_it(sight));
        found.unwrap_or_else(|| panic!("{what} was not seen: {sights:?}")).at
    };
    let awake = first("one worker", &|sight| sight.workers > 0);
    // How many it comes to is told by what the autoscaler sees at the moments when it looks.
    let asked =
        first("a backlog for more", &|sight| sight.backlog.is_some_and(|backlog| backlog > per_worker));
    let grown = first("more workers", &|sight| sight.workers > 1);
    let most = sights.iter().map(|sight| sight.workers).max().unwrap_or_default();
    let drained = sights.iter().rfind(|sight| sight.backlog.is_some_and(|backlog| backlog > 0)).unwrap().at;
    let asleep = sights.last().unwrap().at;
    eprintln!(
        "    a burst of {events}: 1 worker after {awake:.1?}, more {:.1?} after the metric asked for them, {most} at most, \
         drained at {drained:.1?}, asleep again at {asleep:.1?}",
        grown.saturating_sub(asked)
    );
    assert!(awake < AWAKE, "awake after {awake:?}");
    let bound = stage.autoscaler_period() * 2 + SLOWNESS;
    assert!(grown < asked + bound, "{grown:?} for a metric of {asked:?}");
    let stored = stage.servers.count(&database, "buys", doc! {}).await;
    assert_eq!((acknowledged, stored), (events, events as u64), "acknowledged, and in effect");
    the_plugin_tells_each_change_with_its_reason(stage).await;
    kube.delete::<PawnShop>(SHOPS, NAME).await;
}

async fn the_plugin_tells_each_change_with_its_reason(stage: &Stage) {
    let mut changes: Vec<Change> = Vec::new();
    eventually("it is told that the pool fell asleep again", async || {
        let told = said(stage, &["why-scaled", "trade", "-o", "json"]).await;
        assert_eq!(told.code, Some(0), "{told:?}");
        let told: Value = serde_json::from_str(&told.out).unwrap();
        changes = Deserialize::deserialize(&told["changes"]).unwrap();
        let is = |change: &Change, reason: &str| change.reason == reason;
        changes.first().is_some_and(|last| is(last, "FellAsleep"))
            && changes.iter().any(|one| is(one, "WokeUp"))
    })
    .await;
    eprintln!("    the latest first: {changes:?}");
    // An autoscaler may have gone by what it read a look before, or from the other replica, of which the leader knows
    // nothing. What the leader did itself it can always explain.
    let mut its_own = changes.iter().filter(|change| change.from == 0 || change.to == 0);
    assert!(its_own.all(|change| change.reason != "ByAnother"), "the latest first: {changes:?}");
}

/// Writes so many purchases; each is tried until it is acknowledged, under the same key. How many were.
async fn write(door: Door, events: usize) -> usize {
    let next = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (door, next) = (door.clone(), Arc::clone(&next));
        writers.spawn(async move {
            let mut acknowledged = 0;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= events {
                    return acknowledged;
                }
                let body =
                    json!({"clientId": "ada", "itemId": format!("lot-{}", number % 100), "price": number});
                let key = format!("burst-{number}");
                while !door
                    .post("/item/action/buy", &key, &body)
                    .await
                    .is_ok_and(|answer| answer.status == 202)
                {
                    sleep(Duration::from_millis(100)).await;
                }
                acknowledged += 1;
            }
        });
    }
    writers.join_all().await.into_iter().sum()
}

async fn see(stage: &Stage, deployments: &Api<Deployment>, at: Duration) -> Sight {
    let (workers, ready) = sizes(&deployments.get(TRADE).await.unwrap());
    let value = backlog(stage, NAME, "trade").await.ok().flatten();
    Sight { at, backlog: value, workers, ready }
}

fn sizes(deployment: &Deployment) -> (i32, i32) {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or_default();
    let ready = deployment.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default();
    (wanted, ready)
}

fn draw(sights: &[Sight]) {
    let Ok(file) = std::env::var("PAWNSHOP_E2E_BURST_SVG") else { return };
    let minute = |sight: &Sight| sight.at.as_secs_f64() / 60.0;
    let backlog: Vec<_> =
        sights.iter().filter_map(|sight| Some((minute(sight), sight.backlog? as f64))).collect();
    let panel = |name: &str, count: fn(&Sight) -> i32| Panel {
        name: name.to_owned(),
        backlog: backlog.clone(),
        workers: sights.iter().map(|sight| (minute(sight), f64::from(count(sight)))).collect(),
    };
    let end = sights.last().map_or(1.0, minute);
    let two = [panel("workers wanted", |sight| sight.workers), panel("workers ready", |sight| sight.ready)];
    std::fs::write(
        file,
        panels("A burst on a real cluster: the metric served (events), and workers", (0.0, end), &two),
    )
    .unwrap();
}
