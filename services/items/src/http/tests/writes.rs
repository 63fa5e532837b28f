//! What is accepted, what it becomes, and what is refused.

use super::support::Shop;
use crate::proto::v1;
use pawnshop_domain::EventId;
use pawnshop_events::Payload;
use serde_json::{Value, json};

const ADD: &str =
    r#"{"name":"Beetle","category":"motor","price":90000,"state":"GOOD","ageInMonths":480,"colour":"red"}"#;
const BUY: &str = r#"{"clientId":"ada","itemId":"car-1","price":0,"date":"2026-01-31"}"#;
const SELL: &str = r#"{"clientId":"ada","itemId":"car-1","price":95000,"profit":-9223372036854775808}"#;
const PAWN: &str = r#"{"clientId":"ada","itemId":"car-1","price":1,"tax":0,"limitDays":1,"date":"2026-01-31T01:00:00+01:00"}"#;

#[tokio::test]
async fn an_item_becomes_an_event_of_its_flow_in_canonical_form() {
    let shop = Shop::new();
    let (status, body) = shop.post("/item/add", None, ADD).await;
    assert_eq!(status, 202, "{body}");
    let (flow, event) = shop.event();
    let item: v1::ItemAdded = event.payload().unwrap();
    assert_eq!((flow.as_str(), event.kind.as_str()), ("item", v1::ItemAdded::EVENT_TYPE));
    assert_eq!(body, json!({"eventId": event.id.to_string(), "itemId": item.id}));
    assert_eq!(event.subject, item.id);
    assert!(item.id.parse::<EventId>().is_ok(), "{}", item.id);
    assert_eq!((item.category(), item.state()), (v1::Category::Motor, v1::State::Good));
    assert_eq!((item.name.as_str(), item.price, item.age_in_months), ("Beetle", 90_000, 480));
}

#[tokio::test]
async fn every_action_becomes_an_event_of_its_flow() {
    let shop = Shop::new();
    assert_eq!(shop.post("/item/action/buy", None, BUY).await.0, 202);
    let (flow, event) = shop.event();
    let buy: v1::BuyAction = event.payload().unwrap();
    assert_eq!((flow.as_str(), buy.price, buy.date_us), ("buy-actions", 0, 1_769_817_600_000_000));

    assert_eq!(shop.post("/item/action/sell", None, SELL).await.0, 202);
    let (flow, event) = shop.event();
    let sell: v1::SellAction = event.payload().unwrap();
    assert_eq!((flow.as_str(), sell.profit), ("sell-actions", i64::MIN));
    assert!(sell.date_us.abs_diff(event.time.as_micros()) < 60_000_000, "without a date it is now");

    assert_eq!(shop.post("/item/action/pawn", None, PAWN).await.0, 202);
    let (flow, event) = shop.event();
    let pawn: v1::PawnAction = event.payload().unwrap();
    assert_eq!((flow.as_str(), pawn.tax, pawn.limit_days), ("pawn-actions", 0, 1));
    assert_eq!(pawn.date_us, 1_769_817_600_000_000, "the same instant as the bare date");
}

#[tokio::test]
async fn a_retried_request_is_the_same_event_with_the_same_content() {
    let shop = Shop::new();
    for (path, body) in [("/item/add", ADD), ("/item/action/sell", SELL)] {
        let (_, first) = shop.post(path, Some("key"), body).await;
        let (_, one) = shop.event();
        let (_, second) = shop.post(path, Some("key"), body).await;
        let (_, two) = shop.event();
        assert_eq!(first, second);
        assert_eq!((one.id, &one.content_hash, &one.subject), (two.id, &two.content_hash, &two.subject));
    }
    let (_, add) = shop.post("/item/add", Some("same"), ADD).await;
    let (_, sell) = shop.post("/item/action/sell", Some("same"), SELL).await;
    assert_ne!(add["eventId"], sell["eventId"], "a key belongs to its route");
}

#[tokio::test]
async fn the_same_content_has_the_same_hash_however_it_is_written_and_other_content_another() {
    let shop = Shop::new();
    let hash = async |path: &str, body: &str| {
        let (status, answer) = shop.post(path, None, body).await;
        assert_eq!(status, 202, "{answer}");
        shop.event().1.content_hash
    };
    let add = hash("/item/add", ADD).await;
    let same =
        r#"{"ageInMonths":480,"id":null,"state":"Good","price":90000,"category":"Motor","name":"Beetle"}"#;
    assert_eq!(hash("/item/add", same).await, add);
    for (from, to) in
        [("Beetle", "beetle"), ("motor", "Jewelry"), ("90000", "1"), ("GOOD", "bad"), ("480", "1")]
    {
        assert_ne!(hash("/item/add", &ADD.replace(from, to)).await, add, "{to}");
    }
    let with_id = ADD.replacen('{', r#"{"id":"car-1","#, 1);
    assert_ne!(hash("/item/add", &with_id).await, add);

    let pawn = hash("/item/action/pawn", PAWN).await;
    assert_eq!(hash("/item/action/pawn", &PAWN.replace("T01:00:00+01:00", "")).await, pawn);
    assert_ne!(hash("/item/action/pawn", &PAWN.replace("\"tax\":0", "\"tax\":1")).await, pawn);
    let buy = hash("/item/action/buy", BUY).await;
    assert_ne!(hash("/item/action/sell", &BUY.replace('}', ",\"profit\":0}")).await, buy);
}

#[tokio::test]
async fn every_fault_of_a_body_is_told_and_nothing_is_published() {
    let shop = Shop::new();
    let categories = "must be one of Reading, Collection, Decoration, Clothing, Jewelry, Motor, Electronics";
    let states = "must be one of New, Good, Bad, Fatal";
    let long = "x".repeat(129);
    for (path, good, field, value, detail) in [
        ("/item/add", ADD, "category", json!("Spaceships"), categories),
        ("/item/add", ADD, "category", json!(""), categories),
        ("/item/add", ADD, "category", json!(6), "must be a string"),
        ("/item/add", ADD, "state", json!("Mint"), states),
        ("/item/add", ADD, "name", json!(""), "must be 1 to 1024 characters"),
        ("/item/add", ADD, "price", json!(-1), "must be 0 or more"),
        ("/item/add", ADD, "price", json!(1.5), "must be an integer, without fraction"),
        ("/item/add", ADD, "ageInMonths", json!(-1), "must be 0 or more"),
        ("/item/add", ADD, "ageInMonths", json!(4_294_967_296_i64), "must be 4294967295 or less"),
        ("/item/add", ADD, "id", json!("a/b"), "must be 1 to 128 printable characters"),
        ("/item/add", ADD, "id", json!(".."), "must be 1 to 128 printable characters"),
        ("/item/add", ADD, "id", json!(long), "must be 1 to 128 printable characters"),
        ("/item/action/buy", BUY, "clientId", json!(""), "must be 1 to 128 printable characters"),
        ("/item/action/buy", BUY, "itemId", json!("a\nb"), "must be 1 to 128 printable characters"),
        ("/item/action/buy", BUY, "date", json!("31.1.2026"), "must be an RFC 3339 date"),
        ("/item/action/buy", BUY, "date", json!(1_769_817_600), "must be a string"),
        ("/item/action/sell", SELL, "profit", json!("1"), "must be an integer"),
        ("/item/action/pawn", PAWN, "tax", json!(-1), "must be 0 or more"),
        ("/item/action/pawn", PAWN, "limitDays", json!(0), "must be 1 or more"),
    ] {
        let mut body: Value = serde_json::from_str(good).unwrap();
        body[field] = value;
        let (status, problem) = shop.post(path, None, &body.to_string()).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid_body")), "{problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], format!("#/{field}"));
        let told = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(told.starts_with(detail), "{field}: {told}");
    }
    assert!(shop.queue.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_required_field_that_is_missing_is_told_at_once() {
    let shop = Shop::new();
    for (path, fields) in [
        ("/item/add", &["name", "category", "price", "state", "ageInMonths"][..]),
        ("/item/action/buy", &["clientId", "itemId", "price"]),
        ("/item/action/sell", &["clientId", "itemId", "price", "profit"]),
        ("/item/action/pawn", &["clientId", "itemId", "price", "tax", "limitDays"]),
    ] {
        let (status, problem) = shop.post(path, None, "{}").await;
        assert_eq!(status, 422);
        let told: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
        let wanted: Vec<_> = fields.iter().map(|field| json!(format!("#/{field}"))).collect();
        assert_eq!(told, wanted);
    }
}
