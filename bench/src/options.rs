use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures a shop, embedded and as a fleet, on this machine against raw loops and peers, in one run.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pawnshop-bench",
    version,
    after_help = "Examples:
  make bench                                               everything, about 25 minutes
  make bench ARGS='--mode embedded'                        one process on SQLite, about 6 minutes
  make bench ARGS='--mode fleet'                           on RabbitMQ and a document store, about 20 minutes
  make bench ARGS='--mode fleet --only gateway --quick'    one part, smaller and noisier"
)]
pub struct Options {
    /// Measure only this mode.
    #[arg(long, value_enum, value_name = "MODE")]
    pub mode: Option<Mode>,
    /// Smaller counts, shorter and fewer rounds: a quarter of the time, and noisier.
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
    /// A `pawnshop` program built without spans and log lines of requests, to measure beside in the tracing part:
    /// cargo build --release -p pawnshop-cli --features tracing/release_max_level_warn
    #[arg(long, value_name = "FILE")]
    pub untraced: Option<PathBuf>,
    /// The folder of the programs `pawnshop-dispatcher` and `pawnshop-worker` [default: this program's].
    #[arg(long, value_name = "DIR")]
    pub programs: Option<PathBuf>,
    /// The size of the backlog that is drained and of the soak, in events [default: 1000000, of a fleet 300000;
    /// --quick: 100000, of a fleet 50000].
    #[arg(long, value_name = "N")]
    pub events: Option<u64>,
}

/// How the shop that is measured runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// `pawnshop up`: one process, on SQLite.
    Embedded,
    /// Dispatcher and worker processes, on RabbitMQ and a document store.
    Fleet,
}

/// One part of the measurements; each belongs to the modes that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Embedded: durable writes with the workers paused, against raw group commit.
    Accepted,
    /// Embedded: writes accepted and applied, against a raw loop of the same writes.
    Sustained,
    /// Embedded: what tracing costs, by how much is traced.
    Tracing,
    /// Fleet: durable writes, against peers and a raw loop of the same messages.
    Gateway,
    /// Both: a backlog drained; embedded also memory while a million events pass.
    Drain,
    /// Both: items fetched.
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
