//! What a shop logs: a line for each request and each batch, by whose ids one is found from the other, and nothing
//! that holds it up.

use crate::harness::{PROGRAM, Shop, answer};
use reqwest::StatusCode;
use serde_json::json;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Runs the program that follows it with this log.
fn logging(level: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("RUST_LOG={level} exec \"$@\""), "sh"]);
    shell
}

/// A shop that logs at `info` to a file.
async fn shop(data: &Path, log: &Path) -> Shop {
    let mut shell = logging("info");
    shell.stderr(std::fs::File::create(log).unwrap());
    Shop::up_under(shell, data, &[]).await
}

#[tokio::test]
async fn a_request_and_its_batch_have_a_line_each_and_are_found_by_the_events_id() {
    let (data, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = logs.path().join("log");
    let shop = shop(data.path(), &log).await;
    let sell = json!({"clientId": "lovelace", "itemId": "violin", "price": 100, "profit": 10});
    let sold = shop.post("/item/action/sell", &sell).header("prefer", "wait=20");
    let sold = sold.header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-00"));
    let (status, sold) = answer(sold).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, refused) = shop.apply("/item/add", &json!({"id": 7})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let item = |name| json!({"id": "violin", "name": name, "category": "Motor", "price": 1, "state": "Good", "ageInMonths": 1});
    assert_eq!(shop.apply("/item/add", &item("violin")).await.0, StatusCode::CREATED);
    let (status, rejected) = shop.apply("/item/add", &item("viola")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let missing = shop.get("/item/fetch/no-such-item?secret=hunter2").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(shop.terminate().await);

    let log = std::fs::read_to_string(log).unwrap();
    let lines = |what: &[&str]| -> Vec<&str> {
        log.lines().filter(|line| what.iter().all(|what| line.contains(what))).collect()
    };
    let id = sold["eventId"].as_str().unwrap();
    let trace = format!("trace_id=\"{TRACE}\"");
    let request = lines(&["pawnshop::request: answered", "route=\"/item/action/sell\"", "status=201"]);
    let [request] = request[..] else { panic!("{log}") };
    assert!(request.contains(&format!("event_id={id}")) && request.contains(&trace), "{request}");
    assert_eq!(lines(&["pawnshop::batch: settled", "applied=1", id]).len(), 1, "{log}");
    let code = format!("code=\"{}\"", refused["code"].as_str().unwrap());
    assert_eq!(lines(&["pawnshop::request: answered", "route=\"/item/add\"", &code]).len(), 1, "{log}");
    let code = format!("code=\"{}\"", rejected["code"].as_str().unwrap());
    let id = rejected["eventId"].as_str().unwrap();
    assert_eq!(
        lines(&["INFO pawnshop::event: settled", "outcome=\"rejected\"", &code, id]).len(),
        1,
        "{log}"
    );
    assert_eq!(lines(&["pawnshop::request: answered", "status=409", &code, id]).len(), 1, "{log}");
    assert_eq!(lines(&["pawnshop::event"]).len(), 1, "of those that are applied at `debug`: {log}");
    let fetch = ["pawnshop::request: answered", "path=\"/item/fetch/no-such-item\"", "status=404"];
    assert_eq!(lines(&fetch).len(), 1, "{log}");
    for nowhere in ["lovelace", "hunter2", "/readyz"] {
        assert!(!log.contains(nowhere), "{nowhere} in\n{log}");
    }
    assert_eq!(lines(&["SIGTERM received: draining"]).len(), 1, "the last lines are written: {log}");
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_up_no_request() {
    let data = tempfile::tempdir().unwrap();
    let mut shell = logging("debug");
    shell.stderr(Stdio::piped());
    let shop = Shop::up_under(shell, data.path(), &[]).await;
    // Some 200 KB of lines, where a pipe takes 64.
    for _ in 0..1_000 {
        let missing = shop.get("/item/fetch/no-such-item").send().await.unwrap();
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    }
    assert!(shop.terminate().await, "{PROGRAM} ends in order");
}
