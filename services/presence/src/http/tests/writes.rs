//! What is accepted, what it becomes, and what is refused.

use super::support::Shop;
use crate::proto::v1::ObjectChanged;
use pawnshop_domain::EventId;
use pawnshop_events::{Event, Payload};
use pawnshop_messaging::PublishError;
use serde_json::{Value, json};

fn body(ids: &Value) -> String {
    json!({"object_ids": ids}).to_string()
}

fn subjects(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.subject.as_str()).collect()
}

#[tokio::test]
async fn each_object_becomes_an_event_whatever_its_id_is_written_as() {
    let shop = Shop::new();
    let ids = json!([1, "tag/ö", -7, u64::MAX, "007", 3.0]);
    let (status, _, answer) = shop.post(&[("traceparent", TRACE)], &body(&ids)).await;
    assert_eq!(status, 202, "{answer}");
    let events = shop.events();
    assert_eq!(subjects(&events), ["1", "tag/ö", "-7", "18446744073709551615", "007", "3"]);
    for (event, told) in events.iter().zip(answer["events"].as_array().unwrap()) {
        assert_eq!(event.kind, ObjectChanged::EVENT_TYPE);
        assert_eq!(event.payload::<ObjectChanged>().unwrap().object_id, event.subject);
        assert_eq!(event.traceparent.as_deref(), Some(TRACE));
        assert_eq!(*told, json!({"objectId": event.subject, "eventId": event.id.to_string()}));
    }
    assert_eq!(answer["accepted"], 6);
}

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn an_id_that_is_given_again_counts_once() {
    let shop = Shop::new();
    let (status, _, answer) = shop.post(&[], &body(&json!([2, 1, "2", "1", 1, 2.0]))).await;
    assert_eq!((status.as_u16(), &answer["accepted"]), (202, &json!(2)));
    assert_eq!(subjects(&shop.events()), ["2", "1"]);
}

#[tokio::test]
async fn no_ids_are_nothing_to_do() {
    let shop = Shop::new();
    let (status, _, answer) = shop.post(&[], &body(&json!([]))).await;
    assert_eq!((status.as_u16(), answer), (202, json!({"accepted": 0, "events": []})));
    shop.assert_nothing_published();
}

#[tokio::test]
async fn ten_thousand_ids_are_published_at_once_and_answered_by_a_number() {
    let shop = Shop::new();
    let ids: Vec<String> = (0..10_000).map(|id| format!("{id:0>96}")).collect();
    let big = body(&json!(ids));
    assert!(big.len() > 256 << 10, "{}", big.len());
    let (status, _, answer) = shop.post(&[], &big).await;
    assert_eq!((status.as_u16(), answer), (202, json!({"accepted": 10_000})));
    assert_eq!(shop.events().len(), 10_000);
}

#[tokio::test]
async fn a_callback_that_is_sent_again_with_its_key_is_the_same_events() {
    let shop = Shop::new();
    let ids_of = async |key: &[(&str, &str)], ids: Value| {
        assert_eq!(shop.post(key, &body(&ids)).await.0, 202);
        shop.events().into_iter().map(|event| (event.id, event.content_hash)).collect::<Vec<_>>()
    };
    let key = [("idempotency-key", "call-1")];
    let first = ids_of(&key, json!([1, 2])).await;
    assert_eq!(ids_of(&key, json!(["2", "1"])).await.into_iter().rev().collect::<Vec<_>>(), first);
    assert_ne!(ids_of(&[("idempotency-key", "call-2")], json!([1, 2])).await, first);
    assert_ne!(ids_of(&[], json!([1, 2])).await[0].0, ids_of(&[], json!([1, 2])).await[0].0);
    let call = EventId::derived(&["default.downtown", "POST", "/callback", "call-1"]).to_string();
    assert_eq!(first[0].0, EventId::derived(&[&call, "1"]));
}

#[tokio::test]
async fn a_preference_to_wait_has_no_effect() {
    let shop = Shop::new();
    let (status, headers, _) = shop.post(&[("prefer", "wait=5")], &body(&json!([1]))).await;
    assert_eq!(status, 202);
    assert!(!headers.contains_key("preference-applied"));
}

#[tokio::test]
async fn every_fault_is_told_with_its_place_and_nothing_is_published() {
    let shop = Shop::new();
    let long = "x".repeat(201);
    let ids = json!([1, "", "..", null, 1.5, "a\nb", [1], true, 1e300, long, "good"]);
    let (status, _, problem) = shop.post(&[], &body(&ids)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid_body")));
    let told: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    let wanted: Vec<_> = (1..=9).map(|index| json!(format!("#/object_ids/{index}"))).collect();
    assert_eq!(told, wanted);

    let many: Vec<u32> = (0..10_001).collect();
    for (bad, status, detail) in [
        (r#"{"ids": [1]}"#.to_owned(), 422, "is required"),
        (r#"{"object_ids": 1}"#.to_owned(), 422, "must be an array"),
        (r#"{"object_ids": null}"#.to_owned(), 422, "must be an array"),
        (r#"{"object_ids": [1], "object_ids": [2]}"#.to_owned(), 422, "is given more than once"),
        (body(&json!(many)), 422, "must have 10000 elements or fewer, not 10001"),
    ] {
        let (got, _, problem) = shop.post(&[], &bad).await;
        assert_eq!((got.as_u16(), &problem["errors"][0]["detail"]), (status, &json!(detail)), "{problem}");
    }
    let (status, _, problem) = shop.post(&[], &format!("{}{}", " ".repeat(1 << 20), "{}")).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("body_too_large")));
    let (status, _, _) = shop.post(&[], r#"{"object_ids": [1"#).await;
    assert_eq!(status, 400);
    shop.assert_nothing_published();
}

#[tokio::test]
async fn a_queue_that_fails_says_what_became_of_the_callback() {
    let shop = Shop::new();
    for (error, code, told) in [
        (PublishError::Full("disk".into()), "queue_full", "nothing was accepted"),
        (PublishError::Unavailable("down".into()), "queue_unavailable", "nothing was accepted"),
        (PublishError::Unconfirmed("gone".into()), "queue_unconfirmed", "send the whole again"),
    ] {
        *shop.queue.fails.lock().unwrap() = Some(error);
        let (status, headers, problem) = shop.post(&[], &body(&json!([1, 2]))).await;
        assert_eq!((status.as_u16(), &problem["code"]), (503, &json!(code)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
        assert!(headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn where_no_pool_serves_the_flow_nothing_is_accepted() {
    let shop = Shop::serving(&["item"]);
    let (status, _, problem) = shop.post(&[], &body(&json!([1]))).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("flow_not_served")));
    shop.assert_nothing_published();
}
