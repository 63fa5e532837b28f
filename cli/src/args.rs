use crate::client::Target;
use crate::commands::{completions, dlq, get, import, load, render, top, up};
use clap::{Parser, Subcommand, ValueEnum};

/// A durable shop back end on one machine, and the tools around it.
#[derive(Debug, Parser)]
#[command(
    name = "pawnshop",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:
  pawnshop up                                     run a shop: http://127.0.0.1:8080
  pawnshop import items.csv --set category=Motor  fill it
  pawnshop load --duration 10s                    see what it can do
  pawnshop top                                    watch it, live
  pawnshop dlq list                               look at events that failed for good

Exit codes: 0 done; 1 it failed, or found faults; 2 bad usage."
)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(up::Args),
    Import(import::Args),
    Load(load::Args),
    Dlq(dlq::Args),
    Get(get::Args),
    Top(top::Args),
    Render(render::Args),
    /// Print the version.
    Version,
    Completions(completions::Args),
}

/// How a read prints what it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// Which dispatcher to talk to.
#[derive(Debug, clap::Args)]
pub(crate) struct Dispatcher {
    /// The dispatcher's public address.
    #[arg(long, env = "PAWNSHOP_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub(crate) url: Target,
}
