//! A worker that is told to end loses nothing, and interrupts no read (G5, decision K12).

use crate::support::{Servers, eventually};
use std::time::{Duration, Instant};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

#[tokio::test]
async fn a_term_signal_under_load_loses_nothing_and_interrupts_no_read() {
    let Some(servers) = Servers::find("a_term_signal_under_load").await else { return };
    let dispatcher = servers.buying().await;
    // Small batches of many events: it has enough to do for as long as this test may be held up before the signal.
    let mut first = servers.worker(&["--batch", "5", "--serve-reads-after-stop", "8s"]).await;
    first.wait_ready().await;
    let ids = dispatcher.buys(10_000).await;
    eventually("it is at it", async || first.applied(&ids[..1]).await == 1).await;

    let channel = first.channel();
    first.outcome(&channel, ids[0]).await;
    first.signal("-TERM").await;
    let told = Instant::now();
    eventually("it is not ready", async || first.get("/readyz").await.0 == 503).await;
    assert!(first.get("/readyz").await.1.contains(r#""status":"draining""#));
    let applied = loop {
        assert!(first.outcome(&channel, ids[0]).await.is_some());
        assert!(first.outcome(&first.channel(), ids[0]).await.is_some(), "over a new connection, too");
        let health = HealthClient::new(first.channel()).check(HealthCheckRequest::default()).await.unwrap();
        assert_eq!(health.into_inner().status(), ServingStatus::NotServing);
        let applied = first.metric("pawnshop_worker_settled_total", "applied").await;
        // Long before the end: what has begun by then must still be answered.
        if told.elapsed() > Duration::from_millis(1_700) {
            break applied;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(applied < 10_000.0, "it was idle when it was told to end: this test shows nothing");
    let status = first.ended().await;
    assert_eq!(status.code(), Some(0), "{}", first.log());
    assert!(first.log().contains("drained"), "{}", first.log());

    let second = servers.worker(&[]).await;
    second.wait_applied(&ids).await;
    assert!(second.letters().await.is_empty());
    let metrics = second.get("/metrics").await.1;
    pawnshop_servers::testing::assert_metrics_are_sound("a_term_signal_under_load", &metrics).await;
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let Some(servers) = Servers::find("a_second_signal_ends_it_at_once").await else { return };
    let mut worker = servers.worker(&["--serve-reads-after-stop", "10min"]).await;
    worker.wait_ready().await;
    worker.signal("-TERM").await;
    eventually("it drains", async || worker.get("/readyz").await.0 == 503).await;
    worker.signal("-INT").await;
    assert_eq!(worker.ended().await.code(), Some(130));
}
