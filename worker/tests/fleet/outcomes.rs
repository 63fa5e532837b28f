//! What becomes of events is known afterwards.

use crate::support::{ALPHA, BETA, event, eventually, one_pool, shop};
use pawnshop_events::{ContentHash, Event};
use pawnshop_rpc::in_process;
use pawnshop_rpc::v1::outcomes_client::OutcomesClient;
use pawnshop_rpc::v1::{GetOutcomeRequest, OutcomeKind};
use tonic::Code;

#[tokio::test]
async fn every_end_of_an_event_is_told() {
    let shop = shop(one_pool()).await;
    let ids = shop.publish(&ALPHA, &["good", "repeat", "reject", "poison"]).await;
    let kinds =
        [OutcomeKind::Applied, OutcomeKind::Applied, OutcomeKind::Rejected, OutcomeKind::DeadLettered];
    for (id, kind) in ids.iter().zip(kinds) {
        assert_eq!(shop.wait_outcome(*id, "").await.kind(), kind);
    }
    let rejected = shop.outcome(ids[2], "").await.unwrap();
    assert_eq!((rejected.code.as_str(), rejected.detail.as_str()), ("taken", "told to reject"));
    assert!(rejected.conflict);
    assert_eq!((rejected.flow.as_str(), rejected.attempts), ("alpha", 0));
    assert!(rejected.time_us > 0);
    let letters = shop.list().await;
    assert_eq!(letters.len(), 1, "rejections are not letters");
}

#[tokio::test]
async fn a_reused_key_is_a_rejection_of_its_own_and_kept_whole() {
    let shop = shop(one_pool()).await;
    let first = event(&ALPHA, "good");
    let second = Event { content_hash: ContentHash::from_text("v1:other"), ..first.clone() };
    shop.publish_events(&ALPHA, vec![first.clone()]).await;
    shop.wait_applied(&[first.id]).await;
    shop.publish_events(&ALPHA, vec![second.clone()]).await;

    let answer = shop.wait_outcome(second.id, "v1:other").await;
    assert_eq!((answer.kind(), answer.code.as_str()), (OutcomeKind::Rejected, "idempotency_key_reused"));
    assert!(!answer.conflict, "422, not 409");
    assert_eq!(shop.outcome(first.id, "v1:good").await.unwrap().kind(), OutcomeKind::Applied);
    let letters = shop.wait_letters(1).await;
    assert_eq!(letters[0].outcome, "rejected");
    assert_ne!(letters[0].id, first.id.to_string());
    shop.wait_empty().await;
}

#[tokio::test]
async fn a_copy_of_an_applied_event_has_no_effect() {
    let shop = shop(one_pool()).await;
    let event = event(&ALPHA, "good");
    shop.publish_events(&ALPHA, vec![event.clone(), event.clone(), event.clone()]).await;
    shop.wait_empty().await;
    assert_eq!(shop.applied(&[event.id]).await.len(), 1);
    assert!(shop.list().await.is_empty());
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let shop = shop(one_pool()).await;
    let ask = async |event_id: &str, flow: &str| {
        let request = GetOutcomeRequest {
            event_id: event_id.to_owned(),
            flow: flow.to_owned(),
            content_hash: String::new(),
        };
        let mut client = OutcomesClient::new(in_process(shop.fleet.routes()));
        client.get_outcome(request).await.unwrap_err().code()
    };
    let id = pawnshop_domain::EventId::fresh().to_string();
    assert_eq!(ask("nonsense", "").await, Code::InvalidArgument);
    assert_eq!(ask(&id, "delta").await, Code::InvalidArgument);
    assert_eq!(ask(&id, "alpha").await, Code::NotFound);
}

#[tokio::test]
async fn metrics_count_what_became_of_events_and_name_none_of_them() {
    let metrics = pawnshop_runtime::metrics::install().unwrap();
    let shop = shop(one_pool()).await;
    let ids = shop.publish(&BETA, &["good", "reject", "poison"]).await;
    for id in &ids {
        shop.wait_outcome(*id, "").await;
    }
    shop.wait_empty().await;
    let told = |line: &str| metrics.render().lines().any(|text| text.starts_with(line));
    for outcome in ["applied", "rejected", "retried", "dead-lettered"] {
        let line = format!(r#"pawnshop_worker_settled_total{{flow="beta",outcome="{outcome}"}}"#);
        eventually(&line, async || told(&line)).await;
    }
    assert!(told(r#"pawnshop_worker_received_total{flow="beta"}"#));
    assert!(told(r#"pawnshop_pool_workers{pool="all"}"#));
    eventually("ages", async || told(r#"pawnshop_worker_event_age_seconds_count{flow="beta"}"#)).await;
    assert!(!metrics.render().contains(&ids[0].to_string()));
}
