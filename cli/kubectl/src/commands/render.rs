use crate::args::Global;
use crate::cluster;
use pawnshop_cli::commands::render::{What, show};
use std::process::ExitCode;

/// Where one is whom neither flags nor a kubeconfig put anywhere.
const NAMESPACE: &str = "default";

/// Print every object that the operator would apply for a shop. No cluster is asked.
///
/// What the operator reads from the cluster is shown like this: owner references are left out; the hash of the
/// Secrets is the word by-the-operator; a RabbitmqCluster is taken to have the names that its operator chooses.
/// Numbers of pods are comments: they are written through the scale subresource.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pawnshop render -f shop.yaml
  kubectl pawnshop render -f shop.yaml | kubectl diff -f -

Exit codes: 0 printed; 1 the file cannot be read; 2 the shop has faults (each is told, with its path), or bad usage.")]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
}

pub(crate) fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let fallback = || cluster::namespace(global).unwrap_or_else(|| NAMESPACE.to_owned());
    show(&args.what, global.namespace.as_deref(), fallback)
}
