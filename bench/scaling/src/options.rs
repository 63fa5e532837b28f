use crate::contestant::Contestant;
use crate::situation::Situation;
use anyhow::Result;
use clap::Parser;
use pawnshop_bench_machine::operator_program;
use std::path::PathBuf;
use std::time::Duration;

/// Brings the operator's scaling and KEDA's into the same trouble and says what each did.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pawnshop-bench-scaling",
    version,
    after_help = "Examples:
  make bench-scaling                                            everything, about 25 minutes
  make bench-scaling ARGS='--contestants pawnshop'              the operator alone
  make bench-scaling ARGS='--situations burst,hang --outage 60' two situations, shorter
  make bench-scaling ARGS='--markdown --json run.json'          the table of docs/SCALING.md; every sample"
)]
pub struct Options {
    /// Who scales.
    #[arg(long, value_delimiter = ',', value_name = "NAME", default_value = "keda-http,keda-amqp,pawnshop")]
    pub contestants: Vec<Contestant>,
    /// What happens [default: all].
    #[arg(long, value_delimiter = ',', value_name = "NAME", default_values_t = Situation::ALL, hide_default_value = true)]
    pub situations: Vec<Situation>,
    /// How long an outage lasts, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub outage: u64,
    /// The pools whose brokers hang, beside a healthy one.
    #[arg(long, value_name = "N", default_value_t = 36)]
    pub neighbours: usize,
    /// How long fewer workers must have done before any is removed, and a pool idle before it sleeps, in seconds: the
    /// same for all.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub scale_in: u64,
    /// Print Markdown, as it stands in docs/SCALING.md.
    #[arg(long)]
    pub markdown: bool,
    /// Write every figure and every sample to this file as well.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Use this `pawnshop-operator` program [default: the one beside this program].
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
}

impl Options {
    pub(crate) fn outage(&self) -> Duration {
        Duration::from_secs(self.outage)
    }

    /// The operator's program.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        operator_program(self.program.as_deref())
    }
}
