//! Servers are started, hurt and healed as their users do it, and leave nothing behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod guard;
mod mongo;
mod network;
mod rabbit;

use std::time::{Duration, Instant};

/// Waits until a condition holds; fails when it does not in time.
async fn eventually(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
