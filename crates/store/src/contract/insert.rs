//! Inserting: unordered, idempotent, one answer per document.

use super::Backend;
use super::fixtures::{THINGS, doc, get, must_get, object, put, things};
use crate::{Document, Inserted, Revision};
use serde_json::json;

fn clash(fields: &[&str]) -> Inserted {
    Inserted::DuplicateIndex(fields.iter().map(|field| (*field).to_owned()).collect())
}

pub async fn new_documents_are_new<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let answers =
        store.insert_many(&THINGS, vec![doc("a", json!({"n": 1})), doc("b", json!({"n": 2}))]).await.unwrap();
    assert_eq!(answers, [Inserted::New, Inserted::New]);
    assert_eq!(must_get(&store, "a").await.body, object(json!({"n": 1})));
    assert_eq!(must_get(&store, "b").await.body, object(json!({"n": 2})));
}

pub async fn the_answers_are_in_the_order_given<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("m", json!({"eventId": "e1"}))]).await;
    let batch = vec![
        doc("z", json!({})),
        doc("m", json!({})),
        doc("a", json!({"eventId": "e1"})),
        doc("k", json!({"eventId": "e2"})),
        doc("z", json!({})),
        doc("b", json!({})),
    ];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(
        answers,
        [
            Inserted::New,
            Inserted::DuplicateId,
            clash(&["eventId"]),
            Inserted::New,
            Inserted::DuplicateId,
            Inserted::New
        ]
    );
    for (id, there) in [("z", true), ("m", true), ("a", false), ("k", true), ("b", true)] {
        assert_eq!(get(&store, id).await.is_some(), there, "{id}");
    }
}

pub async fn a_duplicate_id_leaves_the_first_alone<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"n": 1}))]).await;
    let first = must_get(&store, "a").await;
    for body in [json!({"n": 1}), json!({"n": 2})] {
        let answers = store.insert_many(&THINGS, vec![doc("a", body)]).await.unwrap();
        assert_eq!(answers, [Inserted::DuplicateId]);
    }
    assert_eq!(must_get(&store, "a").await, first);
}

pub async fn within_one_call_the_first_of_equal_ids_wins<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let batch = vec![doc("a", json!({"n": 1})), doc("b", json!({})), doc("a", json!({"n": 2}))];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(answers, [Inserted::New, Inserted::New, Inserted::DuplicateId]);
    assert_eq!(must_get(&store, "a").await.integer("n"), Some(1));
}

pub async fn a_duplicate_in_a_unique_index_names_its_fields<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"}))]).await;
    let answers = store.insert_many(&THINGS, vec![doc("b", json!({"eventId": "e1"}))]).await.unwrap();
    assert_eq!(answers, [clash(&["eventId"])]);
    assert_eq!(get(&store, "b").await, None);
    assert_eq!(must_get(&store, "a").await.text("eventId"), Some("e1"));
}

pub async fn within_one_call_the_first_of_equal_unique_values_wins<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let batch = vec![doc("b", json!({"eventId": "e1"})), doc("a", json!({"eventId": "e1"}))];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(answers, [Inserted::New, clash(&["eventId"])]);
    assert_eq!(get(&store, "a").await, None);
}

pub async fn a_clash_by_id_and_index_is_told_as_the_id<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1"})), doc("b", json!({"eventId": "e2"}))]).await;
    let batch = vec![doc("a", json!({"eventId": "e1"})), doc("a", json!({"eventId": "e2"}))];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(answers, [Inserted::DuplicateId, Inserted::DuplicateId]);
}

pub async fn of_several_unique_indexes_the_one_that_clashes_is_named<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "e1", "shelf": "s", "place": 1}))]).await;
    let batch = vec![
        doc("b", json!({"eventId": "e2", "shelf": "s", "place": 1})),
        doc("c", json!({"eventId": "e1", "shelf": "s", "place": 2})),
        doc("d", json!({"eventId": "e2", "shelf": "s", "place": 2})),
    ];
    let answers = store.insert_many(&THINGS, batch).await.unwrap();
    assert_eq!(answers, [clash(&["shelf", "place"]), clash(&["eventId"]), Inserted::New]);
}

pub async fn a_unique_index_over_two_fields_compares_both<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(
        &store,
        vec![
            doc("a", json!({"shelf": "s", "place": 1})),
            doc("b", json!({"shelf": "s", "place": 2})),
            doc("c", json!({"shelf": "t", "place": 1})),
        ],
    )
    .await;
    let answers =
        store.insert_many(&THINGS, vec![doc("d", json!({"shelf": "t", "place": 1}))]).await.unwrap();
    assert_eq!(answers, [clash(&["shelf", "place"])]);
}

pub async fn documents_without_a_unique_field_are_not_compared<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(
        &store,
        vec![
            doc("a", json!({})),
            doc("b", json!({})),
            doc("c", json!({"eventId": null})),
            doc("d", json!({"eventId": null})),
            doc("e", json!({"shelf": "s"})),
            doc("f", json!({"shelf": "s"})),
            doc("g", json!({"shelf": "s", "place": null})),
            doc("h", json!({"shelf": "s", "place": null})),
        ],
    )
    .await;
}

pub async fn unique_text_and_unique_integer_differ<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"eventId": "7"})), doc("b", json!({"eventId": 7}))]).await;
    let batch = vec![doc("c", json!({"eventId": "7"})), doc("d", json!({"eventId": 7}))];
    assert_eq!(store.insert_many(&THINGS, batch).await.unwrap(), [clash(&["eventId"]), clash(&["eventId"])]);
}

pub async fn no_documents_give_no_answers<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    assert_eq!(store.insert_many(&THINGS, Vec::new()).await.unwrap(), []);
}

pub async fn a_thousand_documents_in_one_call<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let batch = || -> Vec<Document> {
        (0..1000).map(|n| doc(&format!("{n:04}"), json!({"eventId": format!("e{n}"), "price": n}))).collect()
    };
    put(&store, batch()).await;
    assert_eq!(store.insert_many(&THINGS, batch()).await.unwrap(), vec![Inserted::DuplicateId; 1000]);
    assert_eq!(must_get(&store, "0999").await.integer("price"), Some(999));
}

pub async fn the_revision_given_is_ignored<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let document = Document { revision: Revision(42), ..doc("a", json!({})) };
    put(&store, vec![document.clone(), Document { id: "b".to_owned(), ..document }]).await;
    let (a, b) = (must_get(&store, "a").await, must_get(&store, "b").await);
    assert!(
        a.revision != Revision(42) || b.revision != Revision(42),
        "both kept the revision they came with"
    );
}
