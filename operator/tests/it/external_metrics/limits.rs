use super::program::serving;
use super::stage::Stage;
use crate::scaling::shop::{LONG, Shop};
use crate::support::eventually;
use k8s_openapi::jiff::Timestamp;
use k8s_openapi::jiff::tz::TimeZone;
use pawnshop_messaging::contract::flow;
use pawnshop_servers::Rabbit;
use serde_json::json;
use std::time::Duration;

/// Longer than everything needs to begin.
const SOON_SECONDS: i64 = 60;

/// What is looked at until a schedule begins or ends is not looked at in the very moment.
const A_MOMENT: Duration = Duration::from_secs(1);

/// The first full minute that is not too near: schedules know no seconds.
fn next_minute() -> Timestamp {
    let soon = Timestamp::now().as_second() + SOON_SECONDS;
    Timestamp::from_second(soon - soon % 60 + 60).unwrap()
}

/// How long until just before then.
fn until(minute: Timestamp) -> Duration {
    let left: Duration = minute.duration_since(Timestamp::now()).try_into().unwrap_or_default();
    left.saturating_sub(A_MOMENT)
}

/// At least three workers between these, in UTC.
fn three_workers_between(start: Timestamp, end: Timestamp) -> serde_json::Value {
    let cron = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%-M %-H %-d %-m *").to_string();
    json!({"schedules": [{"start": cron(start), "end": cron(end), "timeZone": "UTC", "min": 3}]})
}

/// What the operator wants of an HPA is seen in its spec by other tests; here the controller of HPAs acts on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autoscaler_keeps_to_surge_schedule_and_pause() {
    let test = "external_metrics::limits::an_autoscaler_keeps_to_surge_schedule_and_pause";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(test, &why);
    }
    let Some(stage) = Stage::new(test).await else { return };
    let (world, rabbit) = (&stage.world, Rabbit::shared().await.unwrap());
    let shop = async |name: &str| Shop::new(world, rabbit, name).await;
    let (slow, held) = (shop("slow").await, shop("held").await);
    let (begins, ends) = (shop("begins").await, shop("ends").await);
    slow.apply_scaled_by("ExternalMetrics", &json!({"max": 7, "surge": {"workers": 2, "seconds": 8}})).await;
    held.apply_scaled_by("ExternalMetrics", &json!({})).await;
    begins.apply_scaled_by("ExternalMetrics", &json!({})).await;
    ends.apply_scaled_by("ExternalMetrics", &json!({})).await;
    let _operator = serving(&stage, "program").await;
    for shop in [&slow, &held, &begins, &ends] {
        shop.becomes("items", 1).await;
        shop.is_followed("items").await;
    }
    let (minute, hour) = (next_minute(), Duration::from_secs(3600));

    tokio::join!(
        async {
            let history = slow.history("items");
            slow.publish(&flow("item"), 200).await;
            slow.becomes("items", 7).await;
            eventually("all was seen", async || history.numbers().last() == Some(&7)).await;
            // At each of its looks, 5 s apart, the controller would have added two had no surge of 8 s held it. How
            // many it adds at the first is told by how much was there when it looked.
            let (numbers, added) = (history.numbers(), history.most_added_within(Duration::from_secs(7)));
            assert!(numbers.is_sorted() && added <= 2, "{added} within 7 s: {numbers:?}");
        },
        async {
            let may_do_nothing = async || {
                let behavior = held.autoscaler("items").await.unwrap().behavior.unwrap();
                [behavior.scale_up, behavior.scale_down]
                    .iter()
                    .flatten()
                    .all(|rules| rules.select_policy.as_deref() == Some("Disabled"))
            };
            held.pause(Some("items")).await;
            eventually("its HPA may do nothing", may_do_nothing).await;
            held.publish(&flow("item"), 200).await;
            held.stays("items", 1, LONG).await;
            held.pause(None).await;
            held.becomes("items", 5).await;
            held.pause(Some("items,sales")).await;
            eventually("its HPA may do nothing again", may_do_nothing).await;
            held.purge("item").await;
            held.stays("items", 5, LONG).await;
            // Bounds are kept to even then.
            held.apply_scaled_by("ExternalMetrics", &json!({"max": 4})).await;
            held.becomes("items", 4).await;
            held.pause(None).await;
            held.becomes("items", 1).await;
        },
        async {
            begins
                .apply_scaled_by("ExternalMetrics", &three_workers_between(minute, minute + hour * 2))
                .await;
            begins.stays("items", 1, until(minute)).await;
            begins.becomes("items", 3).await;
            assert_eq!(begins.autoscaler("items").await.unwrap().min_replicas, Some(3));
        },
        async {
            ends.apply_scaled_by("ExternalMetrics", &three_workers_between(minute - hour * 2, minute)).await;
            ends.becomes("items", 3).await;
            ends.stays("items", 3, until(minute)).await;
            ends.becomes("items", 1).await;
            assert_eq!(ends.autoscaler("items").await.unwrap().min_replicas, Some(1));
        },
    );
}
