use crate::args::{Format, Global};
use crate::cluster::Cluster;
use crate::status::{Detail, Summary, Tree, find, show, table};
use crate::terminal::{print, print_yaml, width};
use k8s_openapi::jiff::Timestamp;
use pawnshop_cli::terminal::print_json;
use std::process::ExitCode;

/// The status where a shop is not ready.
const NOT_READY: u8 = 3;

/// Tell how a shop is: its objects, its pods that are not ready and why, its conditions; or all shops in short.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pawnshop status
  kubectl pawnshop status -A -o wide
  kubectl pawnshop status downtown
  kubectl pawnshop status downtown -o json | jq .verdict

Exit codes: 0 ready, all of them; 1 it cannot be told; 2 bad usage; 3 not ready, or not all of them.")]
pub(crate) struct Args {
    /// The shop; all of the namespace when absent.
    shop: Option<String>,
    /// All shops of all namespaces.
    #[arg(short = 'A', long, conflicts_with = "shop")]
    all_namespaces: bool,
    /// How to print it; wide: every pod of a shop, more columns of all.
    #[arg(short, long, value_enum)]
    output: Option<Format>,
}

pub(crate) async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::of(global).await?;
    let is_ready = match &args.shop {
        Some(shop) => one(&cluster, shop, args.output).await?,
        None => all(&cluster, args.all_namespaces, args.output).await?,
    };
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::from(NOT_READY) })
}

async fn one(cluster: &Cluster, shop: &str, output: Option<Format>) -> anyhow::Result<bool> {
    let found = find(cluster, shop).await?;
    let tree = Tree::of(&found);
    match output {
        Some(Format::Json) => print_json(&tree)?,
        Some(Format::Yaml) => print_yaml(&tree)?,
        Some(Format::Wide) => print(&show(&tree, Detail::EveryPod, width(), Timestamp::now()))?,
        None => print(&show(&tree, Detail::PodsInTrouble, width(), Timestamp::now()))?,
    }
    Ok(tree.verdict.ready)
}

async fn all(cluster: &Cluster, everywhere: bool, output: Option<Format>) -> anyhow::Result<bool> {
    let shops = cluster.shops(everywhere).await?;
    let summaries: Vec<_> = shops.iter().map(Summary::of).collect();
    match output {
        Some(Format::Json) => print_json(&summaries)?,
        Some(Format::Yaml) => print_yaml(&summaries)?,
        _ if summaries.is_empty() && everywhere => eprintln!("there are no shops"),
        _ if summaries.is_empty() => eprintln!("the namespace {} has no shops", cluster.namespace),
        format => print(&table(&summaries, everywhere, format == Some(Format::Wide), Timestamp::now()))?,
    }
    Ok(summaries.iter().all(|summary| summary.verdict.ready))
}
