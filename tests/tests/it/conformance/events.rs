//! `GET /event/{eventId}` and `Prefer: wait`.

use super::{buy, fresh_shop, item, with};
use crate::harness::{Shop, answer};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn an_event_tells_that_it_was_applied() {
    let (_data, shop) = fresh_shop().await;
    let (status, created) = shop.apply("/item/action/buy", &buy("v")).await;
    assert_eq!(status, StatusCode::CREATED);
    let event = created["eventId"].as_str().unwrap();
    for path in [format!("/event/{event}"), format!("/event/{event}?flow=buy-actions")] {
        let (status, outcome) = answer(shop.get(&path)).await;
        assert_eq!((status, &outcome["outcome"]), (StatusCode::OK, &json!("applied")), "{path}: {outcome}");
        assert_eq!(outcome["flow"], "buy-actions");
    }
}

#[tokio::test]
async fn an_event_tells_why_it_was_rejected() {
    let (_data, shop) = fresh_shop().await;
    shop.apply("/item/add", &item("v")).await;
    let response = shop.post("/item/add", &with(item("v"), "name", json!("Cello"))).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED, "nobody knows yet");
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let outcome = known_outcome(&shop, &location).await;
    assert_eq!((&outcome["outcome"], &outcome["code"]), (&json!("rejected"), &json!("item_already_exists")));
    assert!(outcome["detail"].as_str().unwrap().contains('v'), "{outcome}");
}

#[tokio::test]
async fn an_unknown_event_is_404_for_now() {
    let (_data, shop) = fresh_shop().await;
    let response = shop.get("/event/0197a0c0-0000-7000-8000-000000000000").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.headers().contains_key("retry-after"));
    let (status, _) = answer(shop.get("/event/not-a-uuid")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_paused_shop_accepts_and_a_wait_ends_in_202() {
    let data = tempfile::tempdir().unwrap();
    let shop = Shop::up(data.path(), &["--paused"]).await;
    let waited = shop.post("/item/action/buy", &buy("v")).header("prefer", "wait=1").send().await.unwrap();
    assert_eq!(waited.status(), StatusCode::ACCEPTED);
    let location = waited.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(shop.get(&location).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert!(shop.terminate().await);

    let shop = Shop::up(data.path(), &[]).await;
    assert_eq!(known_outcome(&shop, &location).await["outcome"], "applied", "it was only waiting");
}

#[tokio::test]
async fn a_wait_that_makes_no_sense_is_ignored() {
    let (_data, shop) = fresh_shop().await;
    for prefer in ["wait=soon", "wait=-1", "respond-async", "wait"] {
        let status =
            shop.post("/item/action/buy", &buy("v")).header("prefer", prefer).send().await.unwrap().status();
        assert_eq!(status, StatusCode::ACCEPTED, "{prefer}");
    }
}

async fn known_outcome(shop: &Shop, location: &str) -> Value {
    for _ in 0..500 {
        let (status, outcome) = answer(shop.get(location)).await;
        if status == StatusCode::OK {
            return outcome;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no outcome at {location}")
}
