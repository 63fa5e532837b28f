//! Clusters are started and used as tests do it, and leave nothing behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod control_plane;
mod end;
mod node;

use pawnshop_cluster::{Cluster, Level};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Whether a test can have its cluster; notes it when not.
fn can_run(level: Level, test: &str) -> bool {
    Cluster::available(level).map_err(|why| pawnshop_servers::skip(test, &why)).is_ok()
}

/// What a call of kubectl writes.
async fn kubectl(cluster: &Cluster, arguments: &[&str]) -> String {
    let done = cluster.kubectl().args(arguments).output().await.expect("kubectl");
    let told = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    assert!(done.status.success(), "kubectl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    told
}

/// Waits until a condition holds; fails when it does not in time.
async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
