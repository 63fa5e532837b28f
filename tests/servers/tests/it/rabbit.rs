use pawnshop_servers::{Rabbit, skip};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_broker_keeps_its_queues_and_its_address_over_kill_and_restart_and_stands_still_when_paused() {
    if let Err(why) = Rabbit::installed() {
        return skip("a_broker_keeps_its_queues_and_its_address_over_kill_and_restart", &why);
    }
    pawnshop_runtime::tls::install_provider();
    let http = Client::builder().timeout(Duration::from_millis(500)).build().unwrap();
    let mut rabbit = Rabbit::start().await.expect("a broker");
    let uri = rabbit.uri().to_owned();
    let queue = format!("{}/api/queues/%2F/kept", rabbit.management_uri().expect("ours has one"));
    let quorum = json!({"durable": true, "arguments": {"x-queue-type": "quorum"}});
    let made =
        http.put(&queue).timeout(Duration::from_secs(10)).json(&quorum).send().await.expect("an answer");
    assert!(made.status().is_success(), "{}", made.status());

    rabbit.kill().await.expect("killed");
    assert!(http.get(&queue).send().await.is_err(), "a dead broker answers nothing");
    assert!(rabbit.check().is_err(), "and is known to be dead");

    rabbit.restart().await.expect("restarted");
    assert_eq!(rabbit.uri(), uri);
    let found: Value = http.get(&queue).send().await.expect("an answer").json().await.expect("a queue");
    assert_eq!((&found["name"], &found["type"]), (&json!("kept"), &json!("quorum")));

    rabbit.pause().expect("paused");
    assert!(http.get(&queue).send().await.expect_err("no answer").is_timeout());
    rabbit.resume().expect("resumed");
    super::eventually("a resumed broker answers", Duration::from_secs(20), async || {
        http.get(&queue).send().await.is_ok()
    })
    .await;

    let queues =
        rabbit.rabbitmqctl(&["-q", "list_queues", "name", "--no-table-headers"]).await.expect("a list");
    assert_eq!(queues.trim(), "kept");
    rabbit.stop().await.expect("an end in good order");
}
