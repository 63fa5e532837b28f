//! Every fault once on one fleet, in CI: short, and drawn from a seed that is printed and can be given
//! (`PAWNSHOP_FAULTS_SEED`). The long run is `make soak`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_faults::Programs;
use pawnshop_faults::plan::Lengths;
use pawnshop_faults::report::Bars;
use pawnshop_faults::run::{Options, run};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pawnshop-soak");
const PATIENCE: Duration = Duration::from_secs(60);
const TEST: &str = "no_fault_loses_an_event_or_applies_one_twice";

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_loses_an_event_or_applies_one_twice() {
    pawnshop_runtime::tls::install_provider();
    if let Some(why) = pawnshop_servers::missing() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let programs = Programs::of(Path::new(PROGRAM)).unwrap();
    let options = Options {
        seed: seed(),
        faults: 0,
        lengths: Lengths { short: 1_500..=3_000, outage: None, calm: 300..=800 },
        events: 0,
        writers: 24,
        per_second: 300.0,
        sample: 200,
        only: std::env::var("PAWNSHOP_FAULTS_ONLY").ok(),
        tell: figure,
    };
    figure(&format!("seed {} (PAWNSHOP_FAULTS_SEED)", options.seed));
    let (report, skips) = run(&options, &programs).await.expect("the run comes to its end");
    report.table().lines().for_each(figure);
    report.totals().iter().for_each(|line| figure(line));
    for (fault, why) in skips {
        pawnshop_servers::skip(&format!("{TEST} ({fault})"), why);
    }
    // That it comes back is judged here; how soon is for the soak, on a machine that does nothing else.
    let bars = Bars { recovery: PATIENCE, answer: PATIENCE, ..Bars::default() };
    let broken = report.broken(&bars);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn seed() -> u64 {
    std::env::var("PAWNSHOP_FAULTS_SEED").map_or(20_261_121, |seed| seed.parse().expect("a number"))
}

/// Prints past the test runner's capture.
fn figure(line: &str) {
    let _ = writeln!(std::io::stderr(), "    {line}");
}
