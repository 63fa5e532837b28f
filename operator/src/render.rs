//! What would be applied for a shop, as YAML for people: for `pawnshop render`.

use crate::build::{self, BuildError, Child};
use crate::capabilities::Capabilities;
use crate::defaults::Defaults;
use crate::dereference::Dereferenced;
use crate::validate::validate;
use pawnshop_resource::{Fault, PawnShop, ServiceMonitor};
use std::fmt::Write;

/// What stands for the hash of Secrets that nobody looked up.
const SECRETS_HASH: &str = "by-the-operator";

/// Why a shop cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// It could not run either.
    #[error("the shop cannot run in Kubernetes:\n{}", lines(.0))]
    Validate(Vec<Fault>),
    /// One of its objects cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// One of its objects cannot be written as YAML.
    #[error("the objects cannot be written as YAML: {0}")]
    Write(#[from] serde_saphyr::SerializeError),
}

/// The objects of `shop` as one YAML document each. No cluster is asked: where a Secret or a RabbitmqCluster would be
/// looked up, the way to it is shown, and kinds of others are shown where the shop asks for them outright.
///
/// The objects have no owner: applied by hand, they would otherwise be collected as orphans.
///
/// # Errors
/// When the shop could not run.
pub fn render(shop: &PawnShop, defaults: &Defaults) -> Result<String, RenderError> {
    let validated = validate(shop).map_err(RenderError::Validate)?;
    let cluster = Capabilities {
        service_monitor: validated.monitoring.service_monitor == ServiceMonitor::Enabled,
        http_route: true,
        rabbitmq_cluster: true,
        keda: Some(false),
    };
    let references = Dereferenced::assumed(&validated.broker, SECRETS_HASH);
    let children = build::children(&validated, &references, &cluster, defaults)?;
    let mut text = String::new();
    for child in children {
        text.push_str("---\n");
        if let Some(replicas) = child.initial_replicas {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "# {}: {replicas}, written through the scale subresource",
                replicas_of(&child)
            );
        }
        text.push_str(&document(&child)?);
    }
    Ok(text)
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn replicas_of(child: &Child) -> &'static str {
    if child.replicas_are_fixed { "replicas" } else { "replicas to begin with" }
}

/// An object without its owner. Texts that YAML 1.1 takes for something else (`on`) are quoted: kubectl reads that.
pub(crate) fn document(child: &Child) -> Result<String, serde_saphyr::SerializeError> {
    let mut object = child.object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("ownerReferences");
    }
    serde_saphyr::to_string(&object)
}
