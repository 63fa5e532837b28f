//! No callback is missed: a short run, in CI. The long one is `make soak ARGS='--presence 200000'`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_faults::Programs;
use pawnshop_faults::presence::{Options, Shape, run};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const TEST: &str = "no_callback_is_missed_while_workers_and_the_service_that_they_ask_are_killed";

#[tokio::test(flavor = "multi_thread")]
async fn no_callback_is_missed_while_workers_and_the_service_that_they_ask_are_killed() {
    if let Some(why) = pawnshop_servers::missing() {
        return pawnshop_servers::skip(TEST, &why);
    }
    pawnshop_runtime::tls::install_provider();
    let programs = Programs::of(Path::new(env!("CARGO_BIN_EXE_pawnshop-soak"))).unwrap();
    let latency = Duration::from_millis(5)..=Duration::from_millis(500);
    let shape = Shape { workers: 2, concurrency: 50, latency, online: 1.0 };
    let report =
        run(&Options { ids: 1_500, shape, seed: 20_261_128 }, &programs).await.expect("it comes to its end");
    let _ = writeln!(std::io::stderr(), "    {report}");
    assert!(report.held(), "{report}\nlost: {:?}", report.lost);
}
