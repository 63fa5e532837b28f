//! Simulates how pools are scaled: the rule of [`pawnshop_scaling`], as the operator applies it, and KEDA's for RabbitMQ, on
//! the same queues, workers and loads.
//!
//! It is a model, in steps of five seconds: of what the broker shows ([`queue`]), of the HPA controller and KEDA
//! ([`scaler`], each citing the source that it models), and of loads ([`load`]). Ours is no model but the crate itself.
//! What it is not: a measurement. Those are of the real programs on a real cluster. A contestant is a variant of
//! `Contestant`, a load one of `Kind`; nothing else needs to know.

mod clock;
mod load;
mod options;
pub mod plot;
mod queue;
mod report;
mod scaler;
mod season;
mod tally;

pub use options::Options;

use anyhow::{Context, Result, ensure};
use std::time::Instant;

/// Plays everything and writes the report.
pub fn run(options: &Options) -> Result<()> {
    let kinds = load::Kind::ALL.len() as u32;
    ensure!(
        options.pools >= kinds && options.pools.is_multiple_of(kinds),
        "--pools {} is not a multiple of the {kinds} kinds of load: give one",
        options.pools
    );
    ensure!(options.days > 0, "--days 0 leaves nothing to simulate: give at least 1");
    let begin = Instant::now();
    let season = season::Season::play(options);
    let took = begin.elapsed();
    let files = report::files(options, &season);
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot create {}", options.out.display()))?;
    for (name, content) in &files {
        let path = options.out.join(name);
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", path.display());
    }
    let contestants = scaler::Contestant::ALL.len();
    println!(
        "{} days of {} pools under {contestants} contestants in {:.1} s",
        options.days,
        options.pools,
        took.as_secs_f64()
    );
    Ok(())
}
