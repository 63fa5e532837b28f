use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures a shop on this machine against raw SQLite loops that do the same writes, in one run.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pawnshop-bench",
    version,
    after_help = "Examples:
  make bench                               everything, about 6 minutes
  make bench ARGS=--quick                  smaller, about 90 seconds; noisier
  make bench ARGS='--only reads --quick'   one part"
)]
pub struct Options {
    /// Smaller counts and shorter rounds: about 90 seconds, and noisier.
    #[arg(long)]
    pub quick: bool,
    /// Measure only these parts.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    pub only: Vec<Part>,
    /// What is written in the accepted and sustained parts.
    #[arg(long, value_enum, default_value = "buys")]
    pub workload: Writes,
    /// Print Markdown, as it stands in docs/BENCHMARKS.md.
    #[arg(long)]
    pub markdown: bool,
    /// Write every figure of every round to this file as well.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where the shops' data goes while they run: the disk that is measured.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub scratch: PathBuf,
    /// Measure this `pawnshop` program instead of the one that is built in.
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// The size of the backlog that is drained and of the soak, in events [default: 1000000; --quick: 100000].
    #[arg(long, value_name = "N")]
    pub events: Option<u64>,
}

/// One part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Durable writes with the workers paused, against raw group commit.
    Accepted,
    /// Writes accepted and applied, against a raw loop of the same writes.
    Sustained,
    /// A backlog drained, and memory while a million events pass.
    Drain,
    /// Items fetched and listed.
    Reads,
}

/// What the writes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Writes {
    /// Buy actions: one flow, one collection.
    Buys,
    /// Items, buys, sells and pawns in turn: all four flows.
    Mix,
}
