//! `pawnshop render`.

use crate::resource_file::{self, ReadError, told};
use crate::terminal::{print, print_json};
use clap::ValueEnum;
use pawnshop_operator::capabilities::Capabilities;
use pawnshop_operator::defaults::{self, Defaults, RoleName};
use pawnshop_operator::render::{RenderError, Rendered, render};
use pawnshop_resource::PawnShop;
use std::path::PathBuf;
use std::process::ExitCode;

/// The status where the shop has faults, as after bad flags.
const FAULTY: u8 = 2;

/// Where a shop is that names no namespace.
const NAMESPACE: &str = "default";

/// Print every object that the operator would apply for a shop. No cluster is asked.
///
/// What the operator reads from the cluster is shown like this: owner references are left out; the hash of the
/// Secrets is the word by-the-operator; a RabbitmqCluster is taken to have the names that its operator chooses.
/// Numbers of pods are comments: they are written through the scale subresource.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pawnshop render -f shop.yaml
  pawnshop render -f shop.yaml --with service-monitors | kubectl apply --dry-run=server -f -
  pawnshop render -f shop.yaml -o json | jq -r '.items[].kind'

Exit codes: 0 printed; 1 the file cannot be read; 2 the shop has faults (each is told, with its path), or bad usage.")]
pub struct Args {
    #[command(flatten)]
    what: What,
    /// The namespace of a shop that names none [default: default].
    #[arg(short, long)]
    namespace: Option<String>,
}

/// What is to be rendered, and how.
#[derive(Debug, clap::Args)]
pub struct What {
    /// The shop: a PawnShop resource, as kubectl takes it, or `-` for standard input.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// What the cluster has beside plain Kubernetes.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "API")]
    with: Vec<Api>,
    /// The operator's own release, for shops that name no image.
    #[arg(long, default_value = defaults::IMAGE)]
    image: String,
    /// Where the operator runs: it may read the shop's metrics.
    #[arg(long, default_value = "pawnshop-system", value_name = "NAMESPACE")]
    operator_namespace: String,
    /// The role that the operator binds dispatchers to.
    #[arg(long, default_value = defaults::DISPATCHER_ROLE, value_name = "KIND/NAME")]
    dispatcher_role: RoleName,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// A document for each object.
    #[default]
    Yaml,
    /// One list of all.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Api {
    /// ServiceMonitors, of the Prometheus Operator.
    ServiceMonitors,
    /// HTTPRoutes, of the Gateway API.
    #[value(name = "gateway-api")]
    Gateway,
    /// ScaledObjects, of KEDA.
    Keda,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    show(&args.what, args.namespace.as_deref(), || NAMESPACE.to_owned())
}

/// Prints the shop's objects. `namespace`: where it must be; `fallback`: where it is if nobody says.
///
/// # Errors
/// When the file cannot be read or standard output not written. Faults of the shop are told, and are in the status.
pub fn show(
    what: &What,
    namespace: Option<&str>,
    fallback: impl FnOnce() -> String,
) -> anyhow::Result<ExitCode> {
    let name = resource_file::name(&what.file);
    let mut shop = match resource_file::read(&what.file, None) {
        Ok(shop) => shop,
        Err(error @ ReadError::Faulty { .. }) => return Ok(faulty(&error.to_string())),
        Err(error) => return Err(error.into()),
    };
    if let Err(fault) = place(&mut shop, namespace, fallback) {
        return Ok(faulty(&told(&name, &[fault])));
    }
    let rendered = match render(&shop, &what.cluster(), &what.defaults()) {
        Ok(rendered) => rendered,
        Err(RenderError::Validate(faults)) => return Ok(faulty(&told(&name, &faults))),
        Err(error) => return Err(error.into()),
    };
    remark(&rendered);
    match what.output {
        Format::Yaml => print(rendered.yaml()?.trim_end())?,
        Format::Json => print_json(&rendered.json())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the shop into its namespace, as `kubectl apply` does.
fn place(shop: &mut PawnShop, wanted: Option<&str>, fallback: impl FnOnce() -> String) -> Result<(), String> {
    let given = &mut shop.metadata.namespace;
    match (given.as_deref(), wanted) {
        (Some(given), Some(wanted)) if given != wanted => {
            return Err(format!("metadata.namespace: is {given}, but --namespace is {wanted}"));
        }
        (Some(_), _) => {}
        (None, Some(wanted)) => *given = Some(wanted.to_owned()),
        (None, None) => *given = Some(fallback()),
    }
    Ok(())
}

impl What {
    fn cluster(&self) -> Capabilities {
        Capabilities {
            service_monitor: self.with.contains(&Api::ServiceMonitors),
            http_route: self.with.contains(&Api::Gateway),
            keda: Some(self.with.contains(&Api::Keda)),
            ..Capabilities::default()
        }
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            image: self.image.clone(),
            dispatcher_role: self.dispatcher_role.clone(),
            operator_namespace: self.operator_namespace.clone(),
            scaler_address: Some(format!("pawnshop-operator-scaler.{}.svc:6000", self.operator_namespace)),
        }
    }
}

fn faulty(told: &str) -> ExitCode {
    eprintln!("pawnshop: {told}");
    ExitCode::from(FAULTY)
}

/// What the objects do not show goes to standard error: the output stays good for `kubectl`.
fn remark(rendered: &Rendered) {
    for lacking in &rendered.unserved {
        eprintln!("pawnshop: not shown, since --with does not say that the cluster has it: {lacking}");
    }
    for unknown in &rendered.unknown_flows {
        eprintln!(
            "pawnshop: this release's workers have no handler for the flow {} (pool {}) and would not start",
            unknown.flow, unknown.pool
        );
    }
}
