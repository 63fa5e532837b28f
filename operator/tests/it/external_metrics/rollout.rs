use super::asking::Asking;
use super::program::serving;
use super::stage::Stage;
use crate::scaling::shop::Shop;
use crate::support::{PATIENCE, eventually};
use pawnshop_cluster::Write;
use pawnshop_messaging::contract::flow;
use pawnshop_servers::Rabbit;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::sleep;

/// Messages, each a while after the one before: as many as five workers are for, and as long as a rollout takes.
const MESSAGES: usize = 48;
const A_WHILE: Duration = Duration::from_millis(600);

/// The HPA controller looks every 5 s here. A replica that has just begun tells nothing before its first look at the
/// broker; whoever asks just then asks again a look later, and may meet the other replica that has just begun. The
/// third look is well within this.
const THREE_LOOKS: Duration = Duration::from_secs(16);

/// As the operator's Deployment is rolled out (one more, then one less), while the backlog grows: a shop that an HPA
/// scales by the metric, and one that the operator scales itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_under_load_turns_no_pool_and_one_replica_at_a_time_writes() {
    let test = "external_metrics::rollout::a_rolling_restart_under_load_turns_no_pool_and_one_replica_at_a_time_writes";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(test, &why);
    }
    let Some(stage) = Stage::new(test).await else { return };
    let (world, rabbit) = (&stage.world, Rabbit::shared().await.unwrap());
    let shops = [Shop::new(world, rabbit, "metric").await, Shop::new(world, rabbit, "own").await];
    let [metric, own] = &shops;
    metric.apply_scaled_by("ExternalMetrics", &json!({})).await;
    own.apply_scaled_by("Builtin", &json!({})).await;
    let mut old = [("a", serving(&stage, "a").await), ("b", serving(&stage, "b").await)];
    metric.is_followed("items").await;
    let histories = shops.each_ref().map(|shop| shop.history("items"));
    for shop in &shops {
        shop.becomes("items", 1).await;
        shop.becomes("sales", 0).await;
        shop.publish(&flow("item"), 5).await;
    }
    let before = Asking::of(&stage, "metric");
    eventually("both replicas know the backlog", async || before.told().in_a_row > 40).await;
    let (asking, doubts) = (Asking::of(&stage, "metric"), metric.doubts("items"));

    let load = async {
        for _ in 0..MESSAGES {
            for shop in &shops {
                shop.publish(&flow("item"), 1).await;
            }
            sleep(A_WHILE).await;
        }
    };
    let mut new = Vec::new();
    let rollout = async {
        // The operator looks every second, an HPA every five: one may be at three when the other comes to two.
        for (shop, history) in shops.iter().zip(&histories) {
            eventually(&format!("{} grows", shop.name), async || history.numbers().last() > Some(&1)).await;
        }
        for ((name, gone), next) in old.iter_mut().zip(["c", "d"]) {
            new.push(serving(&stage, next).await);
            // A pod that is deleted is told so while its endpoint is taken away.
            let (_, ended) = tokio::join!(stage.lead_away_from(name), gone.0.stop(PATIENCE));
            assert!(ended.unwrap().success(), "{name}: {}", gone.0.output());
        }
        // A pool that sleeps wakes for whoever leads now.
        metric.publish(&flow("buy-actions"), 1).await;
        metric.becomes("sales", 1).await;
    };
    tokio::join!(load, rollout);
    for shop in &shops {
        shop.becomes("items", 5).await;
    }
    // A queue that was purged is not known to be empty for a while, which is no doubt of a replica's.
    let (told, lasted) = (asking.told(), doubts.lasted());
    for shop in &shops {
        shop.purge("item").await;
        shop.becomes("items", 1).await;
    }

    for (shop, history) in shops.iter().zip(&histories) {
        eventually("all was seen", async || history.numbers().last() == Some(&1)).await;
        let numbers = history.numbers();
        println!("{}: {numbers:?} workers", shop.name);
        assert!(numbers.contains(&5) && history.turns() == 1, "{}: out, and then in: {numbers:?}", shop.name);
    }
    println!(
        "{} values, none for {:?} at most; the HPA had none for {lasted:?}",
        told.values, told.longest_without
    );
    assert_eq!(told.failed, Vec::<String>::new(), "of {} that were answered", told.values);
    assert!(lasted.iter().all(|lasted| *lasted < THREE_LOOKS), "{lasted:?}");
    one_at_a_time(&stage, &["a", "b", "c", "d"]);
}

/// Between two successful writes to the lease nobody but the replica that made the first one writes.
fn one_at_a_time(stage: &Stage, replicas: &[&str]) {
    let user = |name: &str| format!("system:serviceaccount:{}:{name}", stage.world.namespace);
    let users: BTreeSet<_> = replicas.iter().map(|name| user(name)).collect();
    let writes = stage.world.cluster.writes().unwrap().into_iter();
    // To ask whether somebody may is a write to the audit log, and to nothing else.
    let writes = writes.filter(|write| users.contains(&write.user) && !write.resource.ends_with("reviews"));
    let (mut leader, mut writers) = (String::new(), BTreeSet::new());
    for write in writes {
        match &write {
            Write { resource, code: ..300, user, .. } if resource == "leases" => leader.clone_from(user),
            Write { resource, .. } if resource == "leases" => {}
            Write { resource, user, .. } => {
                assert_eq!(*user, leader, "{write:?}");
                if resource == "deployments/scale" {
                    writers.insert(user.clone());
                }
            }
        }
    }
    assert!(writers.len() > 1, "scaled by one after another: {writers:?}");
}
