use crate::support::{Answer, Shop};

#[tokio::test]
async fn probes_and_metrics_are_on_a_listener_of_their_own() {
    let Some(shop) = Shop::find("probes_and_metrics_are_on_a_listener_of_their_own").await else { return };
    let dispatcher = shop.dispatcher(&[]).await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(dispatcher.get(path).await.status, 404, "{path} is not for the public");
        let answer = reqwest::get(format!("{}{path}", dispatcher.operations)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let description = dispatcher.get("/openapi.json").await;
    assert!(description.json()["paths"]["/item/add"].is_object());
    assert!(!description.body.contains("/readyz"), "what is not there is not described");
    let metrics = reqwest::get(format!("{}/metrics", dispatcher.operations)).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let test = "probes_and_metrics_are_on_a_listener_of_their_own";
    pawnshop_servers::testing::assert_metrics_are_sound(test, &metrics).await;
    let elsewhere = reqwest::get(format!("{}/item/fetch", dispatcher.operations)).await.unwrap();
    assert_eq!(elsewhere.status(), 404);
    let admin = reqwest::get(format!("{}/dead-letters", dispatcher.admin)).await.unwrap();
    let admin = Answer::of(admin).await;
    assert_eq!(admin.status, 503, "the admin API asks workers, and there are none: {admin:?}");
    shop.close().await;
}

#[tokio::test]
async fn the_program_is_ready_without_workers_and_says_that_there_are_none() {
    let Some(shop) = Shop::find("the_program_is_ready_without_workers").await else { return };
    let dispatcher = shop.dispatcher(&["--workers", "static:127.0.0.1:9"]).await;
    let ready = dispatcher.ready().await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["status"], "ready");
    assert_eq!(ready.dependency("queue")["state"], "ok", "{ready:?}");
    assert_eq!(ready.dependency("workers")["state"], "unavailable", "{ready:?}");
    shop.close().await;
}
