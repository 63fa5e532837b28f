use clap::Parser;
use std::path::PathBuf;

/// Simulates the scaling rule and KEDA's on the same queues and loads, and writes what came of it as a table and plots.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pawnshop-bench-simulation",
    version,
    after_help = "Examples:
  make simulate                                      what docs/scaling holds
  make simulate ARGS='--pools 80 --days 7 --out /tmp/simulation'
  make simulate ARGS='--events-per-message 1 --out /tmp/one'"
)]
pub struct Options {
    /// How many pools there are; each kind of load has as many of them.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub pools: u32,
    /// How many days pass; the first is a Monday.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub days: u32,
    /// What the loads are drawn from: the same seed, the same figures.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many events a message holds. KEDA counts messages.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub events_per_message: u32,
    /// How long a pod needs from the scale write until it takes events, in seconds; rounded up to 5.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub start: u32,
    /// How long a removed worker may go on with what it handles, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub grace: u32,
    /// The folder for simulation.md and the plots.
    #[arg(long, value_name = "DIR", default_value = "docs/scaling")]
    pub out: PathBuf,
}
