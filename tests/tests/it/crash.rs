//! G1 and G2 under kill -9: what was acknowledged is applied exactly once, what was not at most once.

use crate::harness::{Shop, eventually, figure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const WRITERS: usize = 64;
const KILLS: usize = 20;
const SEED: u64 = 20_261_120;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_under_load_lose_nothing_and_repeat_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut dice = StdRng::seed_from_u64(SEED);
    let mut ledger: BTreeMap<String, usize> = BTreeMap::new();
    let mut slowest_start = Duration::ZERO;
    for round in 0..KILLS {
        let starting = Instant::now();
        let shop = Shop::up(data.path(), &[]).await;
        slowest_start = slowest_start.max(starting.elapsed());
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write_until_killed(
                shop.http.clone(),
                shop.url.clone(),
                format!("{round}-{writer}"),
            ));
        }
        tokio::time::sleep(Duration::from_millis(dice.random_range(20..700))).await;
        shop.kill().await;
        while let Some(entry) = writers.join_next().await {
            ledger.extend([entry.unwrap()]);
        }
    }

    let shop = Shop::up(data.path(), &[]).await;
    drained(&shop).await;
    let acknowledged: usize = ledger.values().sum();
    let (mut lost, mut repeated, mut unanswered_applied) = (0, 0, 0);
    for (item, &answered) in &ledger {
        let times = times_applied(&shop, item).await;
        let at = |number: usize| times.get(&number).copied().unwrap_or(0);
        lost += (0..answered).filter(|&number| at(number) == 0).count();
        repeated += times.values().filter(|&&applied| applied > 1).count();
        unanswered_applied += at(answered);
        assert!(times.keys().all(|&number| number <= answered), "{item}: something nobody sent");
    }
    figure(&format!(
        "kill -9 x {KILLS} (seed {SEED}, {WRITERS} writers): acknowledged {acknowledged}, lost {lost}, applied twice \
         {repeated}; unanswered {}, of which applied {unanswered_applied}; slowest restart {slowest_start:.1?}",
        ledger.len(),
    ));
    assert!(acknowledged > KILLS * WRITERS, "the load was real: {acknowledged} acknowledged");
    assert_eq!((lost, repeated), (0, 0), "lost, applied twice");
    let letters: Value =
        shop.http.get(format!("{}/dead-letters", shop.admin)).send().await.unwrap().json().await.unwrap();
    assert_eq!(letters["letters"], json!([]), "a crash is no event's fault");
    assert!(shop.terminate().await);
}

/// Buys the same item again and again, at prices 0, 1, 2 and so on, until the shop is gone; how many of them
/// were acknowledged. The one after these was sent and never answered.
async fn write_until_killed(http: Client, url: String, item: String) -> (String, usize) {
    for price in 0.. {
        let body = json!({"clientId": "crash", "itemId": item, "price": price});
        match http.post(format!("{url}/item/action/buy")).json(&body).send().await {
            Ok(response) => assert_eq!(response.status(), StatusCode::ACCEPTED, "only 202 or silence"),
            Err(_) => return (item, price),
        }
    }
    unreachable!("the shop is killed")
}

/// Waits until an event accepted now, behind all others, is applied and no backlog is left.
async fn drained(shop: &Shop) {
    eventually("the backlog is drained", Duration::from_secs(180), async || {
        let metrics = shop.get("/metrics").send().await.unwrap().text().await.unwrap();
        let backlog: Vec<f64> = metrics
            .lines()
            .filter(|line| line.starts_with("pawnshop_queue_backlog_events"))
            .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
            .collect();
        !backlog.is_empty() && backlog.iter().all(|&events| events == 0.0)
    })
    .await;
}

/// How often each price of an item's buys was applied; the item itself is added first, so that it can be shown.
async fn times_applied(shop: &Shop, item: &str) -> BTreeMap<usize, usize> {
    let body = json!({"id": item, "name": "crash", "category": "Motor", "price": 1, "state": "Good", "ageInMonths": 1});
    let (status, answer) = shop.apply("/item/add", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let found: Value = shop.get(&format!("/item/fetch/{item}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(found.get("truncated"), None, "the whole history is shown");
    let mut times = BTreeMap::new();
    for buy in found["buys"].as_array().expect("a history") {
        *times.entry(buy["price"].as_u64().expect("a price") as usize).or_default() += 1;
    }
    times
}
