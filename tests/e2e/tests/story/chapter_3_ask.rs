//! What the platform engineer asks by `kubectl pawnshop` of a shop with which nothing is wrong.

use crate::chapter_2_open::Shop;
use crate::kube_api::eventually;
use crate::load::item;
use crate::plugin::said;
use crate::stage::Stage;
use serde_json::{Value, json};

pub(crate) async fn the_plugin_tells_that_all_is_well_and_what_happened(stage: &Stage, shop: &Shop) {
    let told = said(stage, &["status", shop.name]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    for line in [
        "─ dispatcher  2 of 2 ready",
        "─ pool stock  2 of 2 ready",
        "─ pool appraisals  1 of 1 ready",
        "museum is ready",
    ] {
        assert!(told.out.contains(line), "{line} in\n{}", told.out);
    }
    let events = said(stage, &["events", shop.name]).await;
    assert_eq!(events.code, Some(0), "{events:?}");
    // Of the shop itself, and of a pod.
    assert!(events.out.contains("Serving") && events.out.contains("Started"), "{}", events.out);
}

pub(crate) async fn the_plugin_reaches_items_and_dead_letters(stage: &Stage, shop: &Shop) {
    let found = said(stage, &["get", shop.name, "violin"]).await;
    assert!(found.code == Some(0) && found.out.contains("Violin"), "{found:?}");
    let unknown = said(stage, &["get", shop.name, "never-added"]).await;
    assert!(unknown.code == Some(1) && unknown.err.contains("never-added"), "{unknown:?}");

    let letters = async || {
        let listed = said(stage, &["dlq", shop.name, "list", "-o", "json"]).await;
        assert_eq!(listed.code, Some(0), "{listed:?}");
        serde_json::from_str::<Vec<Value>>(&listed.out).unwrap()
    };
    assert!(letters().await.is_empty());
    // The key of one request, used again for another one.
    let (viola, mut cheaper) = (item("viola"), item("viola"));
    cheaper["price"] = json!(1);
    assert_eq!(shop.door.post("/item/add", "viola", &viola).await.unwrap().status, 202);
    eventually("the first one is applied", async || {
        shop.door.get("/item/fetch/viola").await.is_ok_and(|answer| answer.status == 200)
    })
    .await;
    assert_eq!(shop.door.post("/item/add", "viola", &cheaper).await.unwrap().status, 202);
    let mut id = None;
    eventually("the second one is kept", async || {
        id = letters().await.first().map(|letter| letter["id"].as_str().unwrap().to_owned());
        id.is_some()
    })
    .await;
    let id = id.unwrap();
    let shown = said(stage, &["dlq", shop.name, "show", &id]).await;
    assert!(shown.code == Some(0) && shown.out.contains(&id), "{shown:?}");
    let dropped = said(stage, &["dlq", shop.name, "drop", &id]).await;
    assert_eq!((dropped.code, dropped.out), (Some(0), format!("{id} dropped\n")));
    assert!(letters().await.is_empty());
}
