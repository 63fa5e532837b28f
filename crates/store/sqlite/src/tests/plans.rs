use super::{BUYS, open_declared};
use crate::page::Page;
use crate::{SqliteStore, SqliteStoreOptions};
use pawnshop_store::Order;
use std::collections::HashMap;

/// How SQLite would run a statement, a line per step.
async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    store
        .core
        .read("plan", move |connection| {
            let mut statement = connection.prepare(&sql)?;
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, 1)?;
            }
            let mut rows = statement.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next()? {
                steps.push(row.get::<_, String>("detail")?);
            }
            Ok(steps)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn every_filter_and_order_is_served_by_its_index() {
    let home = tempfile::tempdir().unwrap();
    let store = open_declared(home.path(), SqliteStoreOptions::default()).await;
    let table = store.core.table(&BUYS).unwrap();
    for (filter, order, index, terms) in [
        (None, Order::Id, "sqlite_autoindex_c_buys_1", "(id>?)"),
        (None, Order::Ascending("date"), "buys/date", "(<expr>>? AND <expr><?)"),
        (None, Order::Descending("date"), "buys/date", "(<expr>>? AND <expr><?)"),
        (Some("category"), Order::Id, "buys/category", "(<expr>=? AND id>?)"),
        (Some("eventId"), Order::Id, "buys/eventId/unique", "(<expr>=?)"),
        (
            Some("itemId"),
            Order::Ascending("date"),
            "buys/itemId,date",
            "(<expr>=? AND <expr>>? AND <expr><?)",
        ),
        (
            Some("itemId"),
            Order::Descending("date"),
            "buys/itemId,date",
            "(<expr>=? AND <expr>>? AND <expr><?)",
        ),
    ] {
        let page = Page::new(&table, filter, order).unwrap();
        let mut steps = plan(&store, &page.rows).await;
        if matches!(order, Order::Descending(_)) {
            // The index runs backwards, so only documents of an equal value are put in order.
            assert_eq!(steps.pop().as_deref(), Some("USE TEMP B-TREE FOR LAST TERM OF ORDER BY"));
        }
        assert_eq!(steps, [format!("SEARCH c_buys USING INDEX {index} {terms}")], "{filter:?} {order:?}");
        if let Some(ties) = &page.ties {
            let terms =
                if filter.is_some() { "(<expr>=? AND <expr>=? AND id>?)" } else { "(<expr>=? AND id>?)" };
            let expected = format!("SEARCH c_buys USING INDEX {index} {terms}");
            assert_eq!(plan(&store, ties).await, [expected], "{filter:?} {order:?}");
        }
    }
}

#[tokio::test]
async fn no_write_looks_through_a_table() {
    let home = tempfile::tempdir().unwrap();
    let store = open_declared(home.path(), SqliteStoreOptions::default()).await;
    let table = store.core.table(&BUYS).unwrap();
    let mut statements =
        vec![&table.exists, &table.delete_expired, &table.delete_live, &table.update, &table.sweep];
    for unique in &table.unique {
        statements.extend([&unique.exists, &unique.delete_expired]);
    }
    let mut searched = HashMap::new();
    for sql in statements {
        for step in plan(&store, sql).await {
            assert!(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "{step}: {sql}");
            if let Some((_, index)) = step.split_once("INDEX ") {
                *searched.entry(index.split(' ').next().unwrap().to_owned()).or_insert(0) += 1;
            }
        }
    }
    for index in
        ["sqlite_autoindex_c_buys_1", "buys/eventId/unique", "buys/shelf,place/unique", "buys/expires"]
    {
        assert!(searched.contains_key(index), "{index} in {searched:?}");
    }
}
