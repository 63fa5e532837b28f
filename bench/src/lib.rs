//! Measures a shop, and in the same run what the same library does without one: figures of two runs or two
//! machines cannot be compared, ratios within one run can.
//!
//! [`measure`] has a file per question to an embedded shop (how many writes are accepted, how many applied, how fast
//! a backlog drains, how many reads), [`load`] sends the requests, [`peer`] repeats the shop's own writes as raw SQLite loops,
//! and [`report`] says what came out. The shop is a process of its own ([`shop`]); nothing in here reaches into it.
//! [`fleet`] does the same for dispatcher and worker processes, with peers of other makes.
//!
//! Not here: tests of correctness. To add a measurement: a file in `measure/`, a section in [`report`], and the
//! line in [`run`].

mod collector;
mod fleet;
mod http;
mod interrupt;
mod load;
mod machine;
mod measure;
mod options;
mod peer;
mod plan;
mod process;
mod report;
mod scrape;
mod shop;
mod spawned;
mod statistics;
mod world;

pub use options::Options;
pub use shop::is_the_shop;

use anyhow::{Context, Result};
use measure::{accepted, drain, reads, sustained, tracing};
use options::{Mode, Part};
use report::Report;
use world::World;

/// Runs what the options ask for and prints it; removes everything that it made.
///
/// # Errors
/// When the shop cannot be started, refuses a request, or does not get done in time.
pub fn run(options: &Options) -> Result<()> {
    let world = World::new(options)?;
    let mut report = Report::new(&world)?;
    let measured = measure(&world, &mut report);
    // Where a part failed, what was measured before it is still told.
    report.finish();
    println!("{}", report.render(options.markdown));
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    measured
}

fn measure(world: &World, report: &mut Report) -> Result<()> {
    if world.measures(Mode::Embedded) {
        embedded(world, report)?;
    }
    if world.measures(Mode::Fleet) {
        fleet::measure(world, &mut report.fleet)?;
    }
    Ok(())
}

fn embedded(world: &World, report: &mut Report) -> Result<()> {
    if world.wants(Part::Accepted) || world.wants(Part::Sustained) {
        let (rounds, events) = accepted::measure(world)?;
        report.accepted = rounds;
        if world.wants(Part::Sustained) {
            report.sustained = sustained::measure(world, &events)?;
        }
    }
    if world.wants(Part::Tracing) {
        report.tracing = tracing::measure(world)?;
    }
    if world.wants(Part::Drain) {
        report.soak = Some(sustained::soak(world)?);
    }
    if world.wants(Part::Drain) || world.wants(Part::Reads) {
        let (drained, shop, events) = drain::measure(world)?;
        if world.wants(Part::Reads) {
            report.reads = reads::measure(world, &shop)?;
        }
        report.drain = Some(drain::with_peer(world, drained, shop, &events)?);
    }
    Ok(())
}
