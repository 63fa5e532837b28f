//! Many tasks at once.

use super::Backend;
use super::fixtures::{THINGS, all, doc, ids, must_get, put, things};
use crate::{Document, Inserted, Order, Store, StoreError};
use serde_json::json;
use std::future::Future;
use std::sync::Arc;

const TASKS: usize = 16;

/// Runs a task per number, all at once; their results in order.
async fn at_once<F, T>(store: &Arc<dyn Store>, task: impl Fn(Arc<dyn Store>, usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..TASKS).map(|n| tokio::spawn(task(store.clone(), n))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

pub async fn of_concurrent_inserts_of_an_id_exactly_one_is_new<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    // Each task inserts the same ids from another start, so that no task is first everywhere.
    let answers = at_once(&store, async |store: Arc<dyn Store>, task| {
        let mut new = Vec::new();
        for round in 0..10 {
            let numbers: Vec<usize> = (0..20).map(|n| (n + round * 20 + task * 13) % 200).collect();
            let batch = numbers.iter().map(|n| doc(&format!("{n:03}"), json!({"by": task}))).collect();
            let answers = store.insert_many(&THINGS, batch).await.unwrap();
            new.extend(
                numbers.into_iter().zip(answers).filter(|(_, a)| *a == Inserted::New).map(|(n, _)| (n, task)),
            );
        }
        new
    })
    .await;
    let mut new: Vec<(usize, usize)> = answers.into_iter().flatten().collect();
    new.sort_unstable();
    assert_eq!(new.iter().map(|(n, _)| *n).collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    for (n, task) in new {
        assert_eq!(must_get(&store, &format!("{n:03}")).await.integer("by"), Some(task as i64));
    }
}

pub async fn of_concurrent_inserts_of_a_unique_value_exactly_one_is_new<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let answers = at_once(&store, async |store: Arc<dyn Store>, task| {
        let batch = (0..30).map(|n| doc(&format!("{task}-{n}"), json!({"eventId": format!("e{n}")})));
        store.insert_many(&THINGS, batch.collect()).await.unwrap()
    })
    .await;
    for n in 0..30 {
        assert_eq!(answers.iter().filter(|task| task[n] == Inserted::New).count(), 1, "e{n}");
    }
    assert_eq!(ids(&store, &all(Order::Id)).await.len(), 30);
}

pub async fn concurrent_updates_lose_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("a", json!({"n": 0}))]).await;
    at_once(&store, async |store: Arc<dyn Store>, _| {
        for _ in 0..5 {
            loop {
                let mut seen = must_get(&store, "a").await;
                let next = seen.integer("n").unwrap() + 1;
                seen.body.insert("n".to_owned(), json!(next));
                if store.update_if_unchanged(&THINGS, seen).await.unwrap() {
                    break;
                }
            }
        }
    })
    .await;
    assert_eq!(must_get(&store, "a").await.integer("n"), Some(TASKS as i64 * 5));
}

pub async fn concurrent_upserts_end_at_the_greatest<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    // Pairs of tasks offer the same values: of two equal ones at most one may take effect.
    let taken = at_once(&store, async |store: Arc<dyn Store>, task| {
        let mut taken = Vec::new();
        for round in 0..12 {
            let seen = (round * 8 + task / 2) as i64;
            let document: Document = doc("a", json!({"seen": seen, "by": task}));
            if store.upsert_if_greater(&THINGS, document, "seen").await.unwrap() {
                taken.push(seen);
            }
        }
        taken
    })
    .await;
    let mut taken: Vec<i64> = taken.into_iter().flatten().collect();
    taken.sort_unstable();
    let count = taken.len();
    taken.dedup();
    assert_eq!(taken.len(), count, "an equal value took effect");
    assert_eq!(taken.last(), Some(&95));
    assert_eq!(must_get(&store, "a").await.integer("seen"), Some(95));
}

pub async fn a_refused_write_costs_its_neighbours_nothing<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    put(&store, vec![doc("held", json!({"eventId": "held"}))]).await;
    let answers = at_once(&store, async |store: Arc<dyn Store>, task| {
        if task % 4 == 3 {
            let clash = doc(&task.to_string(), json!({"eventId": "held", "seen": 1}));
            return store.upsert_if_greater(&THINGS, clash, "seen").await;
        }
        let batch = vec![doc(&task.to_string(), json!({}))];
        store.insert_many(&THINGS, batch).await.map(|answers| answers == [Inserted::New])
    })
    .await;
    for (task, answer) in answers.into_iter().enumerate() {
        if task % 4 == 3 {
            assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
        } else {
            assert!(answer.unwrap(), "{task}");
        }
    }
    assert_eq!(ids(&store, &all(Order::Id)).await.len(), 1 + TASKS - TASKS / 4);
}
