//! What a server that fails is taken for: nothing that it did not confirm is acknowledged, and repeating is
//! harmless (decision D5).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use mongodb::bson::{Document as Fields, doc};
use pawnshop_store::{Collection, Document, Index, Inserted, Store};
use pawnshop_store_mongodb::MongoStore;
use serde_json::json;
use std::time::{Duration, Instant};
use support::{Home, Wire, doc_of, insert_at_last, refused, unavailable};

const THINGS: Collection =
    Collection { name: "things", indexes: &[Index { fields: &["eventId"], unique: true }] };

/// Every command that writes documents.
const WRITES: &[&str] = &["insert", "update", "delete"];

async fn declared(home: &Home) -> MongoStore {
    let store = home.open();
    store.declare(&[THINGS]).await.unwrap();
    store
}

fn batch() -> Vec<Document> {
    ["a", "b", "c"].map(|id| doc_of(id, json!({"eventId": id, "seen": 1}))).into()
}

async fn rows(home: &Home) -> u64 {
    home.database().await.collection::<Fields>("things").count_documents(doc! {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_acknowledges_nothing() {
    let Some(home) = Home::faulty("a_server_that_fails_acknowledges_nothing").await else { return };
    let store = declared(&home).await;
    for code in [8, 13, 50, 64, 112, 262, 14031, 987_654] {
        home.fail(WRITES, None, doc! {"errorCode": code}).await;
        unavailable(store.insert_many(&THINGS, batch()).await);
        unavailable(store.upsert_if_greater(&THINGS, doc_of("a", json!({"seen": 1})), "seen").await);
        unavailable(store.update_if_unchanged(&THINGS, doc_of("a", json!({}))).await);
        unavailable(store.delete(&THINGS, &["a".to_owned()]).await);
        unavailable(store.ping().await);
        home.heal().await;
        assert_eq!(rows(&home).await, 0, "{code}");
    }
    assert_eq!(insert_at_last(&store, &THINGS, &batch()).await, vec![Inserted::New; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_steps_down_acknowledges_nothing() {
    let Some(home) = Home::faulty("a_server_that_steps_down_acknowledges_nothing").await else { return };
    let store = declared(&home).await;
    for code in [10107, 13435, 11600, 11602, 189, 91] {
        home.fail(WRITES, None, doc! {"errorCode": code}).await;
        unavailable(store.insert_many(&THINGS, batch()).await);
        unavailable(store.ping().await);
        home.heal().await;
        assert_eq!(rows(&home).await, 0, "{code}");
        assert_eq!(insert_at_last(&store, &THINGS, &batch()).await, vec![Inserted::New; 3]);
        home.database().await.collection::<Fields>("things").delete_many(doc! {}).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_fail_with_their_server_and_come_back_with_it() {
    let Some(home) = Home::faulty("reads_fail_with_their_server_and_come_back_with_it").await else { return };
    let store = declared(&home).await;
    insert_at_last(&store, &THINGS, &batch()).await;
    let ids = ["a".to_owned()];
    let by_event = || store.find_grouped(&THINGS, "eventId", &ids, pawnshop_store::Order::Id, 1);
    home.fail(&["find", "aggregate"], None, doc! {"errorCode": 11600}).await;
    unavailable(store.get_many(&THINGS, &ids).await);
    unavailable(by_event().await);
    home.heal().await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while by_event().await.map(|groups| groups.len()).ok() != Some(1) {
        assert!(Instant::now() < deadline);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_once_costs_nothing() {
    let Some(home) = Home::faulty("a_connection_that_breaks_once_costs_nothing").await else { return };
    let store = declared(&home).await;
    home.fail(WRITES, Some(1), doc! {"closeConnection": true}).await;
    assert_eq!(store.insert_many(&THINGS, batch()).await.unwrap(), vec![Inserted::New; 3]);
    home.heal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_keeps_breaking_acknowledges_nothing() {
    let Some(home) = Home::faulty("a_connection_that_keeps_breaking_acknowledges_nothing").await else {
        return;
    };
    let store = declared(&home).await;
    home.fail(WRITES, None, doc! {"closeConnection": true}).await;
    unavailable(store.insert_many(&THINGS, batch()).await);
    home.heal().await;
    assert_eq!(insert_at_last(&store, &THINGS, &batch()).await, vec![Inserted::New; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_found_when_it_is_repeated() {
    let Some(home) = Home::faulty("a_write_whose_answer_is_lost_is_found_when_it_is_repeated").await else {
        return;
    };
    declared(&home).await;
    let wire = Wire::before(&home.address()).await;
    let mut options = home.options();
    options.uri = format!("mongodb://{}/?directConnection=true&retryWrites=false", wire.address()).into();
    let store = MongoStore::start(options).unwrap();
    store.declare(&[THINGS]).await.unwrap();
    wire.lose_answers(true);
    unavailable(store.insert_many(&THINGS, batch()).await);
    wire.lose_answers(false);
    let answers = insert_at_last(&store, &THINGS, &batch()).await;
    assert_eq!(answers, vec![Inserted::DuplicateId; 3], "the write itself was done");
    assert_eq!(rows(&home).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_asks_for_the_journals_of_a_majority() {
    let Some(home) = Home::faulty("every_write_asks_for_the_journals_of_a_majority").await else { return };
    let wire = Wire::before(&home.address()).await;
    let mut options = home.options();
    // What a URI asks for is overruled.
    options.uri = format!("mongodb://{}/?directConnection=true&w=0&journal=false", wire.address()).into();
    let store = MongoStore::start(options).unwrap();
    store.declare(&[THINGS]).await.unwrap();
    store.insert_many(&THINGS, batch()).await.unwrap();
    let seen = store.get_many(&THINGS, &["a".to_owned()]).await.unwrap().remove(0);
    assert!(store.update_if_unchanged(&THINGS, seen).await.unwrap());
    assert!(store.upsert_if_greater(&THINGS, doc_of("b", json!({"seen": 2})), "seen").await.unwrap());
    assert_eq!(store.delete(&THINGS, &["c".to_owned()]).await.unwrap(), 1);
    store.ping().await.unwrap();

    let asked = wire.asked(WRITES);
    let names: Vec<&str> =
        asked.iter().filter_map(|command| command.keys().next()).map(String::as_str).collect();
    assert_eq!(names, ["insert", "update", "update", "delete", "update"]);
    for command in asked {
        let concern = command.get_document("writeConcern").unwrap();
        let timeout = concern.get("wtimeout").and_then(|it| it.as_i64().or(it.as_i32().map(i64::from)));
        let asked = (concern.get_str("w").ok(), concern.get_bool("j").ok(), timeout);
        assert_eq!(asked, (Some("majority"), Some(true), Some(5_000)), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_majority_that_does_not_answer_acknowledges_nothing_not_even_duplicates() {
    let Some(home) =
        Home::faulty("a_majority_that_does_not_answer_acknowledges_nothing_not_even_duplicates").await
    else {
        return;
    };
    let store = declared(&home).await;
    let concern =
        || doc! {"writeConcernError": {"code": 64, "codeName": "WriteConcernTimeout", "errmsg": "waiting"}};
    home.fail(WRITES, None, concern()).await;
    unavailable(store.insert_many(&THINGS, batch()).await);
    assert_eq!(rows(&home).await, 3, "written, but by how many is not known");
    home.fail(&["insert"], None, concern()).await;
    unavailable(store.insert_many(&THINGS, batch()).await);
    home.fail(WRITES, None, concern()).await;
    unavailable(store.upsert_if_greater(&THINGS, doc_of("a", json!({"seen": 0})), "seen").await);
    unavailable(store.upsert_if_greater(&THINGS, doc_of("a", json!({"seen": 2})), "seen").await);
    unavailable(store.delete(&THINGS, &["c".to_owned()]).await);
    unavailable(store.ping().await);
    home.heal().await;
    let answers = insert_at_last(&store, &THINGS, &batch()).await;
    assert_eq!(answers, [Inserted::DuplicateId, Inserted::DuplicateId, Inserted::New]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_given_up_in_time() {
    let Some(home) = Home::faulty("a_server_that_hangs_is_given_up_in_time").await else { return };
    declared(&home).await;
    let mut options = home.options();
    options.deadlines.operation = Duration::from_millis(300);
    let store = MongoStore::start(options).unwrap();
    store.declare(&[THINGS]).await.unwrap();
    home.fail(&["insert", "find"], None, doc! {"blockConnection": true, "blockTimeMS": 60_000}).await;
    let started = Instant::now();
    unavailable(store.insert_many(&THINGS, batch()).await);
    unavailable(store.get_many(&THINGS, &["a".to_owned()]).await);
    assert!(started.elapsed() < Duration::from_secs(30), "long before it answers: {:?}", started.elapsed());
    home.heal().await;
    let answers = insert_at_last(&store, &THINGS, &batch()).await;
    assert!(!answers.iter().any(|answer| matches!(answer, Inserted::DuplicateIndex(_))), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_the_server_refuses_is_no_outage_and_costs_its_neighbours_nothing() {
    let Some(home) =
        Home::faulty("a_document_that_the_server_refuses_is_no_outage_and_costs_its_neighbours_nothing")
            .await
    else {
        return;
    };
    let cheap = doc! {"create": "things", "validator": {"price": {"$not": {"$gt": 100}}}};
    home.database().await.run_command(cheap).await.unwrap();
    let store = declared(&home).await;
    let documents =
        [("a", 1), ("dear", 101), ("c", 3)].map(|(id, price)| doc_of(id, json!({"price": price})));
    refused(store.insert_many(&THINGS, documents.to_vec()).await);
    let mut answers = Vec::new();
    for document in documents {
        answers.push(store.insert_many(&THINGS, vec![document]).await.ok());
    }
    assert_eq!(answers, [Some(vec![Inserted::DuplicateId]), None, Some(vec![Inserted::DuplicateId])]);
    refused(store.upsert_if_greater(&THINGS, doc_of("u", json!({"price": 101, "seen": 1})), "seen").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_stands_otherwise_is_named() {
    let Some(home) = Home::faulty("an_index_that_stands_otherwise_is_named").await else { return };
    let other = doc! {"createIndexes": "things", "indexes": [{"key": {"eventId": 1}, "name": "eventId_1"}]};
    home.database().await.run_command(other).await.unwrap();
    let why = refused(home.open().declare(&[THINGS]).await);
    assert!(why.contains("things") && why.contains("eventId_1"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insert_larger_than_a_message_is_split() {
    let Some(home) = Home::faulty("an_insert_larger_than_a_message_is_split").await else { return };
    let store = declared(&home).await;
    let documents: Vec<Document> =
        (0..8).map(|n| doc_of(&n.to_string(), json!({"text": "x".repeat(7 << 20)}))).collect();
    assert_eq!(store.insert_many(&THINGS, documents.clone()).await.unwrap(), vec![Inserted::New; 8]);
    assert_eq!(store.insert_many(&THINGS, documents).await.unwrap(), vec![Inserted::DuplicateId; 8]);
}
