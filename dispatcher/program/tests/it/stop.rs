use crate::support::{ITEM, Shop, eventually};
use std::time::Duration;

#[tokio::test]
async fn at_sigterm_it_is_not_ready_still_serves_for_a_while_and_ends_well() {
    let Some(shop) = Shop::find("at_sigterm_it_is_not_ready").await else { return };
    let mut dispatcher = shop.dispatcher(&["--accept-after-stop", "2s"]).await;
    assert_eq!(dispatcher.post("/item/add", ITEM).await.status, 202);
    dispatcher.signal("-TERM").await;
    eventually("it is not ready", async || dispatcher.ready().await.status == 503).await;
    assert_eq!(dispatcher.ready().await.json()["status"], "draining");
    let late = dispatcher.post("/item/add", ITEM).await;
    assert_eq!(late.status, 202, "whoever has not noticed is served: {late:?}");
    assert_eq!(dispatcher.ended().await.code(), Some(0));
    eventually("both messages", async || shop.messages("item").await == 2).await;
    shop.close().await;
}

/// No acknowledged write is lost to a stop, and none is left without an answer once its connection was taken.
#[tokio::test]
async fn writes_under_way_at_a_stop_are_answered_and_durable() {
    let Some(shop) = Shop::find("writes_under_way_at_a_stop").await else { return };
    let mut dispatcher = shop.dispatcher(&["--accept-after-stop", "0s"]).await;
    let url = format!("{}/item/add", dispatcher.api);
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let url = url.clone();
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut accepted = 0_u32;
                for write in 0.. {
                    let body = ITEM.replace("lamp-1", &format!("lamp-{writer}-{write}"));
                    let request = client.post(&url).header("content-type", "application/json").body(body);
                    match request.send().await {
                        Ok(answer) if answer.status() == 202 => accepted += 1,
                        Ok(answer) => panic!("{}", answer.status()),
                        Err(_) => break,
                    }
                }
                accepted
            })
        })
        .collect();
    eventually("writes", async || shop.messages("item").await > 5).await;
    dispatcher.signal("-TERM").await;
    assert_eq!(dispatcher.ended().await.code(), Some(0));
    let mut accepted = 0;
    for writer in writers {
        accepted += writer.await.unwrap();
    }
    assert!(accepted > 5);
    let events = shop.take_events("item").await;
    // More than were accepted where a writer did not see its answer.
    assert!((accepted..=accepted + 16).contains(&events), "{events} events for {accepted} accepted writes");
    shop.close().await;
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let Some(shop) = Shop::find("a_second_signal_ends_it_at_once").await else { return };
    let mut dispatcher = shop.dispatcher(&["--accept-after-stop", "60s"]).await;
    dispatcher.signal("-TERM").await;
    eventually("it is not ready", async || dispatcher.ready().await.status == 503).await;
    dispatcher.signal("-TERM").await;
    let ended = tokio::time::timeout(Duration::from_secs(5), dispatcher.ended()).await.unwrap();
    assert_eq!(ended.code(), Some(130));
    shop.close().await;
}
