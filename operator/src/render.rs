//! What would be applied for a shop, for people and for `kubectl apply`: what `pawnshop render` prints.

use crate::build::{self, BuildError, Child, Unserved};
use crate::capabilities::Capabilities;
use crate::defaults::Defaults;
use crate::dereference::Dereferenced;
use crate::scaling::backend::{Registration, choose};
use crate::scaling::regime::{Paused, Regime};
use crate::validate::{UnknownFlow, unknown_flows, validate};
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::{Fault, PawnShop, ScalingBackend};
use serde_json::{Value, json};
use std::fmt::Write;

/// What stands for the hash of Secrets that nobody looked up.
pub const SECRETS_HASH: &str = "by-the-operator";

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

/// The objects of a shop, and what is to be said about them.
#[derive(Clone, Debug)]
pub struct Rendered {
    children: Vec<Child>,
    /// What the shop asks for outright and the cluster does not have: there is no object for it.
    pub unserved: Vec<Unserved>,
    /// Flows that no worker of this release handles.
    pub unknown_flows: Vec<UnknownFlow>,
}

/// The objects of `shop` in a cluster that can do this. No cluster is asked: where a Secret or a RabbitmqCluster would
/// be looked up, the way to it is shown, and in place of the hash of Secrets stands [`SECRETS_HASH`].
///
/// The operator is taken to serve the cluster's external metrics, and schedules for those of now.
///
/// The objects have no owner: applied by hand, they would otherwise be collected as orphans.
///
/// # Errors
/// When the shop could not run.
pub fn render(shop: &PawnShop, cluster: &Capabilities, defaults: &Defaults) -> Result<Rendered, RenderError> {
    let validated = validate(shop).map_err(RenderError::Validate)?;
    let references = Dereferenced::assumed(&validated.broker, SECRETS_HASH);
    let keda = cluster.keda.filter(|_| defaults.scaler_address.is_some());
    let wanted = shop.spec.scaling.as_ref().map_or(ScalingBackend::Auto, |scaling| scaling.backend);
    let regime = Regime {
        backend: choose(wanted, &Registration::Ours, keda, None).ok(),
        paused: Paused::of(shop),
        at: Timestamp::now(),
    };
    let children = build::children(&validated, &references, cluster, defaults, &regime)?;
    Ok(Rendered {
        children,
        unserved: build::unserved(&validated, cluster),
        unknown_flows: unknown_flows(shop, validated.pools.iter().map(|pool| &pool.pool)),
    })
}

impl Rendered {
    /// A YAML document for each object. Numbers of pods stand in comments: they are in no applied object, but written
    /// through the scale subresource (decision K3).
    ///
    /// # Errors
    /// When an object cannot be written.
    pub fn yaml(&self) -> Result<String, RenderError> {
        let mut text = String::new();
        for child in &self.children {
            text.push_str("---\n");
            if let Some(replicas) = child.initial_replicas {
                let what = replicas_of(child);
                // Writing to a String cannot fail.
                let _ = writeln!(text, "# {what}: {replicas}, written through the scale subresource");
            }
            text.push_str(&document(child)?);
        }
        Ok(text)
    }

    /// All objects as one `List`, as `kubectl` reads and prints it.
    pub fn json(&self) -> Value {
        let items: Vec<_> = self.children.iter().map(without_owner).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items})
    }
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn replicas_of(child: &Child) -> &'static str {
    if child.replicas_are_fixed { "replicas" } else { "replicas to begin with" }
}

fn without_owner(child: &Child) -> Value {
    let mut object = child.object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("ownerReferences");
    }
    object
}

/// An object without its owner. Texts that YAML 1.1 takes for something else (`on`) are quoted: kubectl reads that.
pub(crate) fn document(child: &Child) -> Result<String, serde_saphyr::SerializeError> {
    serde_saphyr::to_string(&without_owner(child))
}
