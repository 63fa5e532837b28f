//! What a worker logs, for machines.

use crate::support::Servers;
use serde_json::Value;

#[tokio::test]
async fn as_json_every_line_is_an_object_and_each_batch_has_one() {
    let Some(servers) = Servers::find("as_json_every_line_is_an_object_and_each_batch_has_one").await else {
        return;
    };
    let dispatcher = servers.buying().await;
    let ids = dispatcher.buys(10).await;
    let mut worker = servers.worker(&["--log-format", "json", "--batch", "5"]).await;
    worker.wait_applied(&ids).await;
    worker.signal("-TERM").await;
    assert_eq!(worker.ended().await.code(), Some(0), "{}", worker.log());

    let log = worker.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["message"].is_string()), "{log}");
    let batches: Vec<_> = lines.iter().filter(|line| line["target"] == "pawnshop::batch").collect();
    let sum = |field: &str| batches.iter().map(|line| line[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("events"), sum("applied"), sum("dead_lettered")), (10, 10, 0), "{log}");
    assert!(
        batches.iter().all(|line| line["events"].as_u64() <= Some(5) && line["seconds"].is_f64()),
        "{log}"
    );
    for id in ids {
        let id = id.to_string();
        let named = |line: &&&Value| line["event_ids"].as_str().unwrap().split(' ').any(|it| it == id);
        assert_eq!(batches.iter().filter(named).count(), 1, "{id} in\n{log}");
    }
}
