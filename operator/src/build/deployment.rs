use super::labels;
use super::metadata::metadata;
use super::pods::{self, Program};
use super::{image, names};
use crate::validate::{Pods, Validated};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use pawnshop_domain::FlowName;

/// What a rollback may go back to.
const REVISIONS: i32 = 3;

/// The Deployment of a component: without a number of replicas, and never with fewer pods for an update than before.
pub(super) fn deployment(shop: &Validated, program: Program<'_>, given: &Pods) -> Deployment {
    let component = program.component;
    let labels = labels::of_pods(shop, component, image::version(program.image));
    Deployment {
        metadata: metadata(shop, names::component(shop, component), labels.clone()),
        spec: Some(DeploymentSpec {
            revision_history_limit: Some(REVISIONS),
            selector: labels::pods_of(shop, component),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_unavailable: Some(IntOrString::Int(0)),
                    max_surge: Some(IntOrString::String("25%".to_owned())),
                }),
            }),
            template: pods::template(shop, program, labels, given),
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }
}

/// Flags that both programs take alike.
pub(super) fn shared_flags(shop: &Validated, port: pods::Port, flows: &[FlowName]) -> Vec<String> {
    let mut flows: Vec<&str> = flows.iter().map(FlowName::as_str).collect();
    // A flow that changes its place in the list is no reason to start pods anew.
    flows.sort_unstable();
    let mut flags = vec![
        flag("shop", format!("{}/{}", shop.shop.namespace(), shop.shop.name())),
        flag("flows", flows.join(",")),
    ];
    if !shop.retry_delays.is_empty() {
        flags.push(flag("retry-delays", shop.retry_delays.join(",")));
    }
    flags.push(flag("listen", format!("0.0.0.0:{}", port.number)));
    flags.push(flag("operations-listen", format!("0.0.0.0:{}", pods::OPERATIONS.number)));
    flags.push(flag("log-format", "json"));
    flags
}

/// A flag as docs/FLEET.md has them.
pub(super) fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("--{name}={value}")
}

/// Whole seconds, as the programs take them.
pub(super) fn seconds(duration: std::time::Duration) -> String {
    format!("{}s", duration.as_secs())
}
