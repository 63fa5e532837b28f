use crate::args::Global;
use crate::cluster::Cluster;
use crate::forward::to_dispatcher;
use pawnshop_cli::client::Connection;
use pawnshop_cli::commands::dlq::{Letters, What, act};
use pawnshop_cli::commands::get::TIMEOUT;
use pawnshop_operator::build::ADMIN_PORT;
use std::process::ExitCode;

/// Look at the events of a shop that failed for good, and replay or drop them, through a ready dispatcher.
///
/// Replayed letters stay in the list, marked; an event that had been applied after all is not applied again. Needs the
/// rights to list pods and to create pods/portforward.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  kubectl pawnshop dlq downtown list
  kubectl pawnshop dlq downtown show 01998f3a-5a4e-7d2b-9a55-0c1c9e6a7b10
  kubectl pawnshop dlq downtown replay --all --flow buy-actions --yes

Exit codes: 0 done; 1 not all of it; 2 bad usage."
)]
pub(crate) struct Args {
    /// The shop.
    shop: String,
    #[command(subcommand)]
    what: What<Nothing>,
}

/// There is nothing to say about where the letters are: the shop has them.
#[derive(Debug, clap::Args)]
pub(crate) struct Nothing {}

pub(crate) async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::of(global).await?;
    cluster.shop(&args.shop).await?;
    let forward = to_dispatcher(&cluster, &args.shop, ADMIN_PORT).await?;
    let connection = Connection::over(forward.name, forward.dial, TIMEOUT);
    act(args.what, |_| Ok(Letters::over(connection, "through the API server".to_owned()))).await
}
