use crate::args::Global;
use crate::cluster::Cluster;
use crate::forward::to_dispatcher;
use pawnshop_cli::Output;
use pawnshop_cli::client::Connection;
use pawnshop_cli::commands::get::{TIMEOUT, item};
use pawnshop_operator::build::HTTP_PORT;
use std::process::ExitCode;

/// Fetch an item with its history, through a ready dispatcher.
///
/// Needs the rights to list pods and to create pods/portforward.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pawnshop get downtown violin
  kubectl pawnshop get downtown violin -o json

Exit codes: 0 found; 1 not found, or no answer; 2 bad usage.")]
pub(crate) struct Args {
    /// The shop.
    shop: String,
    /// The item's id.
    item: String,
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

pub(crate) async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::of(global).await?;
    cluster.shop(&args.shop).await?;
    let forward = to_dispatcher(&cluster, &args.shop, HTTP_PORT).await?;
    item(Connection::over(forward.name, forward.dial, TIMEOUT), &args.item, args.output).await
}
