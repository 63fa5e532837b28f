//! What the tests of the fleet's programs share: a running program, a way to a server that can be shut, waiting, answers,
//! and the comparison of settings with their documentation. All of it fails the test that uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod documented;
mod gate;
mod http;
mod metrics;
mod program;

pub use documented::assert_settings_documented;
pub use gate::Gate;
pub use http::answer;
pub use metrics::assert_metrics_are_sound;
pub use program::Program;

use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Waits for a condition, for at most 60 s.
///
/// # Panics
/// When it does not come.
pub async fn eventually(what: &str, condition: impl AsyncFnMut() -> bool) {
    eventually_within(what, Duration::from_secs(60), condition).await;
}

/// Waits for a condition, for at most `limit`.
///
/// # Panics
/// When it does not come.
pub async fn eventually_within(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !condition().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(limit, waited).await.unwrap_or_else(|_| panic!("not within {limit:?}: {what}"));
}
