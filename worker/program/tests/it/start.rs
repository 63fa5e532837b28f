//! A worker starts whatever is there, says what is missing, and works once it comes.

use crate::support::{Gate, Servers, eventually};
use serde_json::Value;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

#[tokio::test]
async fn with_neither_server_up_it_starts_and_works_once_they_come() {
    let Some(mut servers) = Servers::find("with_neither_server_up").await else { return };
    let dispatcher = servers.buying().await;
    let ids = dispatcher.buys(100).await;
    let (mut broker, mut store) = (Gate::before(&servers.broker).await, Gate::before(&servers.store).await);
    (servers.broker, servers.store) = (broker.uri.clone(), store.uri.clone());

    let worker = servers.worker(&[]).await;
    let health = async || {
        let answer = HealthClient::new(worker.channel()).check(HealthCheckRequest::default()).await;
        answer.unwrap().into_inner().status()
    };
    let (status, body) = worker.get("/readyz").await;
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &told["status"]), (503, &Value::from("unready")), "{body}");
    for (place, name) in ["store", "queue"].into_iter().enumerate() {
        assert_eq!(told["dependencies"][place]["name"], name, "{body}");
        assert_eq!(told["dependencies"][place]["state"], "unavailable", "{body}");
        assert!(told["dependencies"][place]["reason"].is_string(), "{body}");
    }
    assert_eq!(worker.get("/healthz").await.0, 200, "no restart would mend it");
    assert_eq!(health().await, ServingStatus::NotServing);

    store.open().await;
    worker.wait_ready().await;
    let (_, body) = worker.get("/readyz").await;
    assert!(body.contains(r#"{"name":"queue","state":"unavailable""#), "reads need no broker: {body}");
    eventually("health follows", async || health().await == ServingStatus::Serving).await;
    assert_eq!(worker.applied(&ids).await, 0);

    broker.open().await;
    worker.wait_applied(&ids).await;
    eventually("the broker is listed as there", async || {
        worker.get("/readyz").await.1.contains(r#"{"name":"queue","state":"ok"}"#)
    })
    .await;
}
