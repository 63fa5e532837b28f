//! Pages: filters, orders, cursors, limits.

use super::Backend;
use super::fixtures::{THINGS, all, doc, expected, ids, only, paged, position, put, shelf, things};
use crate::{After, Document, Find, Order};
use serde_json::json;

const ASCENDING: Order = Order::Ascending("price");
const DESCENDING: Order = Order::Descending("price");

/// A shelf gives what is expected of it, on one page and on pages of several sizes.
async fn as_expected<B: Backend>(find: Find) {
    let (_backend, store) = things::<B>().await;
    let documents = shelf(&store).await;
    let expected = expected(&documents, &find);
    assert!(!expected.is_empty());
    assert_eq!(ids(&store, &find).await, expected);
    for size in [1, 2, 3, 7, 19, 20, 60, 61] {
        assert_eq!(paged(&store, &find, size).await, expected, "pages of {size}");
    }
    let limited = ids(&store, &Find { limit: 5, ..find }).await;
    assert_eq!(limited, expected[..5]);
}

pub async fn without_filter_all_come_by_id<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("b", json!({"n": 2})), doc("c", json!({})), doc("a", json!({}))]).await;
    let found = store.find(&THINGS, &all(Order::Id)).await.unwrap();
    assert_eq!(found.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(found[1].integer("n"), Some(2));
}

pub async fn a_filter_on_text_is_exact<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for (n, category) in
        ["Motor", "motor", "Motor ", " Motor", "Motors", "", "Mötor", "Motor\0"].iter().enumerate()
    {
        put(&store, vec![doc(&n.to_string(), json!({"category": category}))]).await;
    }
    assert_eq!(ids(&store, &only("category", json!("Motor"), Order::Id)).await, ["0"]);
    assert_eq!(ids(&store, &only("category", json!(""), Order::Id)).await, ["5"]);
    assert_eq!(ids(&store, &only("category", json!("Mötor"), Order::Id)).await, ["6"]);
    assert_eq!(ids(&store, &only("category", json!("Motor\0"), Order::Id)).await, ["7"]);
}

pub async fn a_filter_on_an_integer_is_exact<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    for price in [0, 1, -1, 10, i64::MAX, i64::MAX - 1, i64::MIN, (1 << 53) + 1, 1 << 53] {
        put(&store, vec![doc(&price.to_string(), json!({"price": price}))]).await;
    }
    for price in [0, 1, -1, i64::MAX, i64::MAX - 1, i64::MIN, (1 << 53) + 1, 1 << 53] {
        assert_eq!(ids(&store, &only("price", json!(price), Order::Id)).await, [price.to_string()]);
    }
}

pub async fn text_and_integers_are_never_equal<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("text", json!({"price": "7"})), doc("integer", json!({"price": 7}))]).await;
    assert_eq!(ids(&store, &only("price", json!("7"), Order::Id)).await, ["text"]);
    assert_eq!(ids(&store, &only("price", json!(7), Order::Id)).await, ["integer"]);
}

pub async fn a_filter_that_nothing_matches_gives_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    shelf(&store).await;
    assert!(ids(&store, &only("category", json!("Clothing"), Order::Id)).await.is_empty());
    assert!(ids(&store, &only("category", json!("Clothing"), ASCENDING)).await.is_empty());
    assert!(ids(&store, &only("eventId", json!("none"), Order::Id)).await.is_empty());
}

pub async fn ascending_breaks_ties_by_id<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(
        &store,
        [("c", 1), ("a", 2), ("b", 1), ("d", 0)].map(|(id, price)| doc(id, json!({"price": price}))).into(),
    )
    .await;
    assert_eq!(ids(&store, &all(ASCENDING)).await, ["d", "b", "c", "a"]);
}

pub async fn descending_breaks_ties_by_id_ascending<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(
        &store,
        [("c", 1), ("a", 2), ("b", 1), ("d", 0)].map(|(id, price)| doc(id, json!({"price": price}))).into(),
    )
    .await;
    assert_eq!(ids(&store, &all(DESCENDING)).await, ["a", "b", "c", "d"]);
}

pub async fn a_filter_and_an_order_work_together<B: Backend>() {
    as_expected::<B>(only("category", json!("Motor"), ASCENDING)).await;
}

pub async fn pages_by_id_meet_without_gap_or_overlap<B: Backend>() {
    as_expected::<B>(all(Order::Id)).await;
}

pub async fn pages_of_a_filter_meet_without_gap_or_overlap<B: Backend>() {
    as_expected::<B>(only("category", json!("Jewelry"), Order::Id)).await;
}

pub async fn pages_in_ascending_order_meet_even_within_ties<B: Backend>() {
    as_expected::<B>(all(ASCENDING)).await;
}

pub async fn pages_in_descending_order_meet_even_within_ties<B: Backend>() {
    as_expected::<B>(all(DESCENDING)).await;
}

pub async fn pages_of_a_filter_in_order_meet<B: Backend>() {
    as_expected::<B>(only("category", json!("Reading"), DESCENDING)).await;
}

pub async fn a_cursor_need_not_be_there_any_more<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents = shelf(&store).await;
    for order in [Order::Id, ASCENDING, DESCENDING] {
        let expected = expected(&documents, &all(order));
        let gone = documents.iter().find(|document| document.id == expected[9]).unwrap();
        store.delete(&THINGS, std::slice::from_ref(&gone.id)).await.unwrap();
        let after = Some(position(gone, order));
        assert_eq!(ids(&store, &Find { after, ..all(order) }).await, expected[10..], "{order:?}");
        put(&store, vec![gone.clone()]).await;
    }
    let between = After { value: 0, id: "\u{10ffff}".to_owned() };
    assert!(ids(&store, &Find { after: Some(between), ..all(Order::Id) }).await.is_empty());
}

pub async fn the_extremes_of_an_order_are_reached<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents: Vec<Document> = [i64::MIN, i64::MIN + 1, 0, i64::MAX - 1, i64::MAX]
        .into_iter()
        .flat_map(|price| ["a", "b"].map(|tie| doc(&format!("{tie}{price}"), json!({"price": price}))))
        .collect();
    put(&store, documents.clone()).await;
    for order in [ASCENDING, DESCENDING] {
        let expected = expected(&documents, &all(order));
        for size in [1, 3, 20] {
            assert_eq!(paged(&store, &all(order), size).await, expected, "{order:?} by {size}");
        }
    }
}

pub async fn documents_without_the_ordered_integer_are_left_out<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let bodies = [
        json!({"category": "x"}),
        json!({"category": "x", "price": null}),
        json!({"category": "x", "price": "9"}),
    ];
    put(&store, bodies.into_iter().enumerate().map(|(n, body)| doc(&n.to_string(), body)).collect()).await;
    put(&store, vec![doc("seen", json!({"category": "x", "price": 1}))]).await;
    for order in [ASCENDING, DESCENDING] {
        assert_eq!(paged(&store, &all(order), 1).await, ["seen"], "{order:?}");
        assert_eq!(paged(&store, &only("category", json!("x"), order), 1).await, ["seen"], "{order:?}");
    }
    assert_eq!(ids(&store, &only("category", json!("x"), Order::Id)).await.len(), 4);
}

pub async fn a_limit_of_zero_gives_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    shelf(&store).await;
    for order in [Order::Id, ASCENDING, DESCENDING] {
        assert!(ids(&store, &Find { limit: 0, ..all(order) }).await.is_empty());
    }
}

pub async fn a_limit_beyond_everything_gives_everything<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    shelf(&store).await;
    for order in [Order::Id, ASCENDING, DESCENDING] {
        assert_eq!(ids(&store, &Find { limit: usize::MAX, ..all(order) }).await.len(), 60);
    }
}

pub async fn ids_are_ordered_by_their_bytes<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let mut names = ["a", "B", "aa", "a b", "10", "9", "ä", "z", "Z", "~", "é", "世", "🦀", "-", "\u{ffff}"];
    put(&store, names.iter().map(|id| doc(id, json!({"category": "x"}))).collect()).await;
    names.sort_by_key(|id| id.as_bytes());
    assert_eq!(paged(&store, &all(Order::Id), 2).await, names);
    assert_eq!(paged(&store, &only("category", json!("x"), Order::Id), 2).await, names);
}
