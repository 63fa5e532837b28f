//! Collections and documents for the contract.

use super::Backend;
use crate::{After, Collection, Document, Filter, Find, Index, Inserted, Order, Store};
use pawnshop_domain::Instant;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Indexed like a shop's items, and in every other way that an index can be used.
pub(super) const THINGS: Collection = Collection {
    name: "things",
    indexes: &[
        Index { fields: &["category"], unique: false },
        Index { fields: &["price"], unique: false },
        Index { fields: &["category", "price"], unique: false },
        Index { fields: &["eventId"], unique: true },
        Index { fields: &["shelf", "place"], unique: true },
    ],
};

/// A collection that no test declares.
pub(super) const UNDECLARED: Collection = Collection { name: "undeclared", indexes: &[] };

/// A fresh backend with [`THINGS`] declared, and its store.
pub(super) async fn things<B: Backend>() -> (B, Arc<dyn Store>) {
    let backend = B::fresh().await;
    let store = backend.store();
    store.declare(&[THINGS]).await.unwrap();
    (backend, store)
}

/// A document of a JSON object.
pub(super) fn doc(id: &str, body: Value) -> Document {
    Document::new(id, object(body))
}

/// A document that expired a minute ago.
pub(super) fn expired(id: &str, body: Value) -> Document {
    Document { expires_at: Some(Instant::now().minus(Duration::from_secs(60))), ..doc(id, body) }
}

/// An hour from now, in whole milliseconds.
pub(super) fn in_an_hour() -> Instant {
    let later = Instant::now().plus(Duration::from_secs(3600)).as_micros();
    Instant::from_micros(later - later % 1000)
}

pub(super) fn object(body: Value) -> Map<String, Value> {
    body.as_object().cloned().expect("an object")
}

/// Inserts documents that are all expected to be new.
pub(super) async fn put(store: &Arc<dyn Store>, documents: Vec<Document>) {
    let count = documents.len();
    let answers = store.insert_many(&THINGS, documents).await.unwrap();
    assert_eq!(answers, vec![Inserted::New; count]);
}

/// The document of an id, if it is there.
pub(super) async fn get(store: &Arc<dyn Store>, id: &str) -> Option<Document> {
    let mut found = store.get_many(&THINGS, &[id.to_owned()]).await.unwrap();
    assert!(found.len() <= 1, "{found:?}");
    found.pop()
}

/// The document of an id that is there.
pub(super) async fn must_get(store: &Arc<dyn Store>, id: &str) -> Document {
    get(store, id).await.unwrap_or_else(|| panic!("{id:?} is there"))
}

/// Everything in an order.
pub(super) fn all(order: Order) -> Find {
    Find { filter: None, order, after: None, limit: 10_000 }
}

/// Everything with a value, in an order.
pub(super) fn only(field: &'static str, value: Value, order: Order) -> Find {
    Find { filter: Some(Filter { field, value }), ..all(order) }
}

/// The ids of a page.
pub(super) async fn ids(store: &Arc<dyn Store>, find: &Find) -> Vec<String> {
    store.find(&THINGS, find).await.unwrap().into_iter().map(|document| document.id).collect()
}

/// The ids of all pages of a size, one after the other.
pub(super) async fn paged(store: &Arc<dyn Store>, find: &Find, size: usize) -> Vec<String> {
    let mut find = Find { limit: size, ..find.clone() };
    let mut ids = Vec::new();
    loop {
        let page = store.find(&THINGS, &find).await.unwrap();
        assert!(page.len() <= size);
        let Some(last) = page.last() else { return ids };
        find.after = Some(position(last, find.order));
        ids.extend(page.into_iter().map(|document| document.id));
        assert!(ids.len() <= 10_000, "the pages never end");
    }
}

/// A document's position in an order.
pub(super) fn position(document: &Document, order: Order) -> After {
    let value = match order {
        Order::Id => 0,
        Order::Ascending(field) | Order::Descending(field) => document.integer(field).unwrap(),
    };
    After { value, id: document.id.clone() }
}

/// A shelf of things: three categories, prices with many ties, ids in no order.
pub(super) async fn shelf(store: &Arc<dyn Store>) -> Vec<Document> {
    let documents: Vec<Document> = (0..60u64)
        .map(|n| {
            let category = ["Motor", "Reading", "Jewelry"][(n % 3) as usize];
            let id = format!("{:02}-{n}", (n * 37) % 60);
            doc(&id, json!({"category": category, "price": (n * 7 % 5) as i64 - 2, "n": n}))
        })
        .collect();
    put(store, documents.clone()).await;
    documents
}

/// The ids that a query should give, reckoned from the documents.
pub(super) fn expected(documents: &[Document], find: &Find) -> Vec<String> {
    let mut chosen: Vec<&Document> = documents
        .iter()
        .filter(|document| {
            find.filter.as_ref().is_none_or(|filter| document.body.get(filter.field) == Some(&filter.value))
        })
        .collect();
    chosen.sort_by_key(|document| {
        let key = match find.order {
            Order::Id => 0,
            Order::Ascending(field) => i128::from(document.integer(field).unwrap()),
            Order::Descending(field) => -i128::from(document.integer(field).unwrap()),
        };
        (key, document.id.clone())
    });
    chosen.into_iter().map(|document| document.id.clone()).collect()
}
