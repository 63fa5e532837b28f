//! Dead letters: kept whole, listed, shown, replayed, dropped.

use crate::support::{ALPHA, BETA, event, eventually, one_pool, shop};
use pawnshop_events::Event;
use pawnshop_flow::outcomes::{DEFAULT_RETENTION, OutcomeRecord, Outcomes};
use pawnshop_rpc::MESSAGE_LIMIT;
use pawnshop_rpc::v1::{DeadLetterId, ListDeadLettersRequest, OutcomeKind};
use pawnshop_store::Store;
use std::sync::Arc;
use tonic::Code;

#[tokio::test]
async fn a_poison_event_ends_as_a_dead_letter_after_exactly_its_tiers() {
    let shop = shop(one_pool()).await;
    let poison = event(&ALPHA, "poison");
    shop.publish_events(&ALPHA, vec![poison.clone()]).await;
    let listed = shop.wait_letters(1).await.remove(0);
    assert!(listed.envelope.is_empty(), "a list stays small");

    let id = DeadLetterId { id: poison.id.to_string() };
    let letter = shop.letters().show(id).await.unwrap().into_inner();
    assert_eq!((letter.flow.as_str(), letter.outcome.as_str()), ("alpha", "dead-lettered"));
    assert_eq!((letter.code.as_str(), letter.reason.as_str()), ("retries_exhausted", "told to fail"));
    assert_eq!(letter.attempts, 3, "the first try and one behind each of two tiers");
    assert_eq!(letter.replayed_us, 0);
    assert_eq!(letter.attributes["subject"], "poison");
    let kept = Event::decode(letter.envelope.into()).unwrap();
    assert_eq!(Event { attempt: 0, ..kept }, poison);

    let outcome = shop.outcome(poison.id, "").await.unwrap();
    assert_eq!((outcome.kind(), outcome.attempts), (OutcomeKind::DeadLettered, 3));
}

#[tokio::test]
async fn a_letter_replayed_after_the_fix_is_applied_once() {
    let shop = shop(one_pool()).await;
    let ids = shop.publish(&ALPHA, &["until fixed"]).await;
    let letter = shop.wait_letters(1).await.remove(0);
    shop.mark("fixed", true).await;

    let id = DeadLetterId { id: letter.id.clone() };
    for _ in 0..2 {
        let replayed = shop.letters().replay(id.clone()).await.unwrap().into_inner();
        assert!(replayed.replayed_us >= letter.time_us);
    }
    assert_eq!(shop.wait_applied(&ids).await, [0], "attempts begin anew");
    shop.wait_empty().await;
    assert_eq!(shop.outcome(ids[0], "").await.unwrap().kind(), OutcomeKind::Applied);
    assert!(shop.list().await[0].replayed_us > 0);
}

#[tokio::test]
async fn a_letter_replayed_before_the_fix_comes_back_as_one_letter() {
    let shop = shop(one_pool()).await;
    shop.publish(&ALPHA, &["poison"]).await;
    let first = shop.wait_letters(1).await.remove(0);
    shop.letters().replay(DeadLetterId { id: first.id.clone() }).await.unwrap();
    eventually("it died again", async || shop.list().await[0].time_us > first.time_us).await;
    let letters = shop.list().await;
    assert_eq!((letters.len(), letters[0].attempts, letters[0].replayed_us), (1, 3, 0));
}

#[tokio::test]
async fn bytes_that_are_no_event_are_shown_whole_and_cannot_be_replayed() {
    let shop = shop(one_pool()).await;
    shop.publish(&BETA, &["garbage"]).await;
    let id = DeadLetterId { id: shop.wait_letters(1).await.remove(0).id };
    let letter = shop.letters().show(id.clone()).await.unwrap().into_inner();
    assert_eq!(letter.envelope, b"\xff\xffgarbage");
    let refused = shop.letters().replay(id.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("no event"), "{refused}");
    shop.letters().drop(id.clone()).await.unwrap();
    assert!(shop.list().await.is_empty());
    for call in [shop.letters().show(id.clone()).await, shop.letters().drop(id).await] {
        assert_eq!(call.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test]
async fn letters_are_listed_in_pages_and_by_flow() {
    let shop = shop(one_pool()).await;
    shop.publish(&ALPHA, &["poison", "poison", "poison"]).await;
    shop.publish(&BETA, &["poison"]).await;
    let all: Vec<String> = shop.wait_letters(4).await.into_iter().map(|letter| letter.id).collect();
    let list = async |flow: &str, limit, after: &str| {
        let request = ListDeadLettersRequest { flow: flow.to_owned(), limit, after: after.to_owned() };
        shop.letters().list(request).await
    };
    let first = list("", 3, "").await.unwrap().into_inner();
    assert_eq!(first.next.as_ref(), Some(&all[2]));
    let second = list("", 3, &all[2]).await.unwrap().into_inner();
    assert_eq!((second.letters.len(), second.next), (1, None));
    assert_eq!(list("alpha", 100, "").await.unwrap().into_inner().letters.len(), 3);
    assert_eq!(list("", 0, "").await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(list("Not A Flow", 1, "").await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn what_the_broker_gave_up_is_filed_whole_and_not_handled() {
    let shop = shop(one_pool()).await;
    let given_up = event(&ALPHA, "given up");
    shop.publish_events(&ALPHA, vec![given_up.clone()]).await;
    let good = shop.publish(&ALPHA, &["good"]).await;
    let id = DeadLetterId { id: shop.wait_letters(1).await.remove(0).id };
    assert_eq!(id.id, given_up.id.to_string());
    let letter = shop.letters().show(id).await.unwrap().into_inner();
    assert_eq!((letter.outcome.as_str(), letter.code.as_str()), ("dead-lettered", "broker_gave_up"));
    assert_eq!((letter.reason.as_str(), letter.attempts), ("delivered too often", 0));
    assert_eq!(Event::decode(letter.envelope.into()).unwrap(), given_up);
    shop.wait_applied(&good).await;
    shop.wait_empty().await;
    assert!(shop.applied(&[given_up.id]).await.is_empty());
}

#[tokio::test]
async fn bytes_that_the_broker_gave_up_are_filed_as_what_they_are() {
    let shop = shop(one_pool()).await;
    shop.publish(&BETA, &["given up garbage"]).await;
    let listed = shop.wait_letters(1).await.remove(0);
    assert_eq!(listed.code, "undecodable");
    let letter = shop.letters().show(DeadLetterId { id: listed.id }).await.unwrap().into_inner();
    assert_eq!(letter.envelope, b"\xff\xffgarbage");
    shop.wait_empty().await;
}

#[tokio::test]
async fn a_letter_of_many_mebibytes_is_shown_whole_and_listed_small() {
    let shop = shop(one_pool()).await;
    let mut large = event(&ALPHA, "large");
    large.payload = vec![7; 5 << 20].into();
    let record = OutcomeRecord::given_up(&ALPHA, &large, "delivered too often".to_owned());
    let outcomes = Outcomes::new(Arc::clone(&shop.store) as Arc<dyn Store>, DEFAULT_RETENTION);
    outcomes.record(vec![record]).await.unwrap();
    let id = DeadLetterId { id: shop.wait_letters(1).await.remove(0).id };
    let mut client = shop.letters().max_decoding_message_size(MESSAGE_LIMIT);
    let letter = client.show(id).await.unwrap().into_inner();
    assert_eq!(Event::decode(letter.envelope.into()).unwrap(), large);
}
