//! Groups of many keys in one call.

use super::Backend;
use super::fixtures::{THINGS, doc, expected, only, put, shelf, things};
use crate::{Document, Order};
use serde_json::json;
use std::collections::HashMap;

const ORDERS: [Order; 3] = [Order::Id, Order::Ascending("price"), Order::Descending("price")];

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn ids(groups: HashMap<String, Vec<Document>>) -> HashMap<String, Vec<String>> {
    groups
        .into_iter()
        .map(|(key, documents)| (key, documents.into_iter().map(|document| document.id).collect()))
        .collect()
}

pub async fn each_key_has_its_own_limit<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents = [("a", 1), ("b", 5), ("c", 3)]
        .into_iter()
        .flat_map(|(key, count)| (0..count).map(move |n| doc(&format!("{key}{n}"), json!({"category": key}))))
        .collect();
    put(&store, documents).await;
    let groups =
        store.find_grouped(&THINGS, "category", &keys(&["a", "b", "c"]), Order::Id, 3).await.unwrap();
    let expected = [("a", vec!["a0"]), ("b", vec!["b0", "b1", "b2"]), ("c", vec!["c0", "c1", "c2"])];
    assert_eq!(ids(groups), expected.into_iter().map(|(key, ids)| (key.to_owned(), keys(&ids))).collect());
}

pub async fn groups_come_in_every_order<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents = shelf(&store).await;
    for order in ORDERS {
        let asked = keys(&["Motor", "Jewelry"]);
        let groups = ids(store.find_grouped(&THINGS, "category", &asked, order, 7).await.unwrap());
        assert_eq!(groups.len(), 2);
        for key in asked {
            assert_eq!(
                groups[&key],
                expected(&documents, &only("category", json!(key), order))[..7],
                "{order:?}"
            );
        }
    }
}

pub async fn keys_without_documents_are_absent<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    shelf(&store).await;
    for order in ORDERS {
        let asked = keys(&["Motor", "motor", "", "nowhere", "%", "_"]);
        let groups = store.find_grouped(&THINGS, "category", &asked, order, 100).await.unwrap();
        assert_eq!(groups.keys().collect::<Vec<_>>(), ["Motor"]);
        assert_eq!(groups["Motor"].len(), 20);
    }
}

pub async fn a_key_asked_for_twice_is_one_group<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    shelf(&store).await;
    let asked = keys(&["Motor", "Motor"]);
    let groups = store.find_grouped(&THINGS, "category", &asked, Order::Id, 100).await.unwrap();
    assert_eq!(groups["Motor"].len(), 20);
}

pub async fn nothing_asked_gives_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    shelf(&store).await;
    for order in ORDERS {
        assert!(store.find_grouped(&THINGS, "category", &[], order, 5).await.unwrap().is_empty());
        let motor = keys(&["Motor"]);
        assert!(store.find_grouped(&THINGS, "category", &motor, order, 0).await.unwrap().is_empty());
    }
}

pub async fn hundreds_of_keys_at_once<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let documents = (0..600).map(|n| {
        let key = format!("k{}", n % 300);
        doc(&format!("{n:03}"), json!({"category": key, "price": n}))
    });
    put(&store, documents.collect()).await;
    let asked: Vec<String> = (0..400).map(|n| format!("k{n}")).collect();
    let groups =
        store.find_grouped(&THINGS, "category", &asked, Order::Descending("price"), 5).await.unwrap();
    assert_eq!(groups.len(), 300);
    for n in 0..300 {
        let ids: Vec<&str> = groups[&format!("k{n}")].iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, [format!("{:03}", n + 300), format!("{n:03}")]);
    }
}
