use anyhow::Result;
use clap::Parser;
use pawnshop_bench_machine::operator_program;
use std::path::PathBuf;
use std::time::Duration;

/// Measures the operator on a real API server, against a bare loop that applies the same objects.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pawnshop-bench-operator",
    version,
    after_help = "Examples:
  make bench-operator                                      10, 100, 1000 and 5000 shops, about 20 minutes
  make bench-operator ARGS='--sizes 10,100 --rest 20'      smaller, about 3 minutes
  make bench-operator ARGS='--markdown --json run.json'    the tables of docs/BENCHMARKS.md; every figure"
)]
pub struct Options {
    /// How many shops there are.
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "10,100,1000,5000")]
    pub sizes: Vec<usize>,
    /// How long nothing happens while requests at rest are counted, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub rest: u64,
    /// How many single changes are timed.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub changes: usize,
    /// The shops whose objects the bare loop applies, at most.
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub peer: usize,
    /// The operator's own --concurrency, and the connections of the bare loop.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub concurrency: usize,
    /// Print Markdown, as it stands in docs/BENCHMARKS.md.
    #[arg(long)]
    pub markdown: bool,
    /// Write every figure to this file as well.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Measure this `pawnshop-operator` program [default: the one beside this program].
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
}

impl Options {
    pub(crate) fn rest(&self) -> Duration {
        Duration::from_secs(self.rest)
    }

    /// The operator's program.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        operator_program(self.program.as_deref())
    }
}
