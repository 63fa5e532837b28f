//! The store's clock, by which processes that do not share one agree.

use super::Backend;
use super::fixtures::things;
use pawnshop_domain::Instant;
use std::time::Duration;

/// Clocks may differ, but not so far that a server tells seconds for microseconds.
const APART: Duration = Duration::from_secs(24 * 3600);

pub async fn a_clock_tells_the_time_of_day<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let (before, told, after) = (Instant::now(), store.clock().await.unwrap(), Instant::now());
    assert!(before.minus(APART) < told && told < after.plus(APART), "{told}, at {before}");
}

pub async fn a_clock_goes_on<B: Backend>() {
    let (_backend, store) = things::<B>().await;
    let first = store.clock().await.unwrap();
    let deadline = Instant::now().plus(Duration::from_secs(10));
    loop {
        let next = store.clock().await.unwrap();
        assert!(next >= first, "back from {first} to {next}");
        if next > first {
            return;
        }
        assert!(Instant::now() < deadline, "it stands still at {first}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
