use crate::args::{Format, Global};
use crate::cluster::Cluster;
use crate::terminal::{print, print_yaml, width};
use crate::why_scaled::{Report, find, of_namespace, of_shop, show};
use k8s_openapi::jiff::Timestamp;
use pawnshop_cli::terminal::print_json;
use std::process::ExitCode;

/// Tell why a pool has as many workers as it has: what the rule says now and from what, what holds it, what would change
/// it, and the last changes.
///
/// The rule is applied anew to what can be read, without a memory of what was before: whether a window holds workers is
/// told by the pool's HorizontalPodAutoscaler and by the age of the last change.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pawnshop why-scaled items
  kubectl pawnshop why-scaled items --shop downtown
  kubectl pawnshop why-scaled items -o json | jq .rule

Exit codes: 0 told; 1 it cannot be told; 2 bad usage.")]
pub(crate) struct Args {
    /// The pool.
    pool: String,
    /// Its shop; the only one of the namespace with such a pool when absent.
    #[arg(short, long)]
    shop: Option<String>,
    /// How to print it.
    #[arg(short, long, value_enum)]
    output: Option<Format>,
}

pub(crate) async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::of(global).await?;
    let which = match &args.shop {
        Some(shop) => of_shop(cluster.shop(shop).await?, &args.pool)?,
        None => of_namespace(&cluster.shops(false).await?, &cluster.namespace, &args.pool)?,
    };
    let found = find(&cluster, which).await;
    let now = Timestamp::now();
    let report = Report::of(&found, now);
    match args.output {
        Some(Format::Json) => print_json(&report)?,
        Some(Format::Yaml) => print_yaml(&report)?,
        Some(Format::Wide) | None => print(&show(&report, width(), now))?,
    }
    Ok(ExitCode::SUCCESS)
}
