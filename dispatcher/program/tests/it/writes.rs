use crate::support::{Gate, ITEM, Shop, eventually};
use std::time::Duration;
use tokio::time::timeout;

/// How long what must be answered may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_write_is_accepted_and_its_message_is_in_the_queue_without_any_worker() {
    let Some(shop) = Shop::find("a_write_is_accepted").await else { return };
    let dispatcher = shop.dispatcher(&[]).await;
    let answer = dispatcher.post("/item/add", ITEM).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["itemId"], "lamp-1");
    // The confirm came first, but a quorum queue counts what is ready a moment later.
    eventually("the message", async || shop.messages("item").await == 1).await;
    assert_eq!(shop.messages("buy-actions").await, 0, "every flow has its queue");
    shop.close().await;
}

#[tokio::test]
async fn a_flow_that_is_not_served_is_refused() {
    let Some(shop) = Shop::find("a_flow_that_is_not_served").await else { return };
    let dispatcher = shop.dispatcher(&["--flows", "buy-actions"]).await;
    let answer = dispatcher.post("/item/add", ITEM).await;
    assert_eq!((answer.status, &answer.json()["code"]), (503, &"flow_not_served".into()));
    shop.close().await;
}

/// G4: an answer although nothing comes back meanwhile, and recovery by itself. How soon is shown where the deadlines are:
/// the edge's own, and the broker's pauses between two attempts to connect.
#[tokio::test]
async fn while_the_broker_is_away_writes_are_503_with_retry_after_and_then_accepted_again() {
    let Some(shop) = Shop::find("while_the_broker_is_away").await else { return };
    let mut gate = Gate::before(&shop.broker).await;
    let dispatcher = shop.dispatcher_at(&gate.uri, &[]).await;
    for outage in ["before the first connection", "after a cut"] {
        let refused = timeout(PATIENCE, dispatcher.post("/item/add", ITEM)).await.expect(outage);
        assert_eq!(refused.status, 503, "{outage}: {refused:?}");
        assert!(refused.retry_after.is_some(), "{outage}: {refused:?}");
        assert_eq!(dispatcher.ready().await.status, 200, "a broker outage is no reason to send nothing here");
        eventually("the outage in /readyz", async || {
            dispatcher.ready().await.dependency("queue")["state"] == "unavailable"
        })
        .await;

        gate.open().await;
        eventually("an accepted write", async || dispatcher.post("/item/add", ITEM).await.status == 202)
            .await;
        gate.shut().await;
    }
    eventually("both messages", async || shop.messages("item").await >= 2).await;
    shop.close().await;
}

/// Each of its objects is a message of its own.
#[tokio::test]
async fn the_largest_callback_is_in_the_queue_whole() {
    let Some(shop) = Shop::find("the_largest_callback").await else { return };
    let dispatcher = shop.dispatcher(&["--flows", "presence"]).await;
    let ids: Vec<u32> = (0..10_000).collect();
    let callback = serde_json::json!({"object_ids": ids}).to_string();
    // A broker that is slow beside other tests may take longer than an answer may.
    eventually("it is accepted", async || dispatcher.post("/callback", &callback).await.status == 202).await;
    eventually("its messages", async || shop.messages("presence").await >= 10_000).await;
    shop.close().await;
}
