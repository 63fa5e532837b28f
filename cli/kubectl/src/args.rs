use crate::commands::{completions, dlq, events, get, render, status, why_scaled};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// How the shops of a cluster are and why, and the way to what is in them.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl pawnshop",
    bin_name = "kubectl pawnshop",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:
  kubectl pawnshop status                     all shops of the namespace, in short
  kubectl pawnshop status downtown            one shop, its objects, and why it is not ready
  kubectl pawnshop events downtown --watch    what happens to it
  kubectl pawnshop why-scaled items           why its pool has as many workers as it has
  kubectl pawnshop get downtown violin        an item with its history
  kubectl pawnshop dlq downtown list          events that failed for good

Exit codes: 0 done; 1 it failed; 2 bad usage; 3 (status) a shop is not ready; 130 interrupted."
)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Status(status::Args),
    Events(events::Args),
    WhyScaled(why_scaled::Args),
    Get(get::Args),
    Dlq(dlq::Args),
    Render(render::Args),
    /// Print the version.
    Version,
    Completions(completions::Args),
}

/// Which cluster, as whom, and how long to wait for it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct Global {
    /// The namespace [default: the context's].
    #[arg(short, long, global = true)]
    pub(crate) namespace: Option<String>,
    /// The context of the kubeconfig [default: its current one].
    #[arg(long, global = true)]
    pub(crate) context: Option<String>,
    /// The kubeconfig [default: $KUBECONFIG, or ~/.kube/config].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The user to act as.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub(crate) impersonate: Option<String>,
    /// How long one request to the API server may take.
    #[arg(long, global = true, default_value = "15s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub(crate) request_timeout: Duration,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With more columns.
    Wide,
    /// For programs.
    Json,
    /// For programs and people.
    Yaml,
}
