//! The example of a worker with a flow of its own.

use crate::support::Servers;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant};
use pawnshop_events::{ContentHash, Event};
use std::path::{Path, PathBuf};

/// Cargo builds examples with the tests, beside the programs.
fn example() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_pawnshop-worker")).with_file_name("examples").join("custom_worker")
}

#[tokio::test]
async fn a_flow_of_ones_own_is_applied_like_any_other() {
    let Some(servers) = Servers::find("a_flow_of_ones_own").await else { return };
    let dispatcher = servers.dispatcher(FlowName::fixed("visits")).await;
    let worker = servers.worker_of(&example(), &["--flows", "visits"]).await;
    let visit = Event {
        id: EventId::fresh(),
        source: "/shops/test".to_owned(),
        kind: "example.visit.v1".to_owned(),
        subject: "ada".to_owned(),
        time: Instant::now(),
        traceparent: None,
        content_hash: ContentHash::from_text("v1:00"),
        attempt: 0,
        type_url: "type.googleapis.com/example.Visit".to_owned(),
        payload: Bytes::new(),
    };
    let id = visit.id;
    dispatcher.publish(vec![visit]).await;
    worker.wait_ready().await;
    worker.wait_applied(&[id]).await;
}
