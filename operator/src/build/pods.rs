//! What all pods of a shop have in common.

use super::labels::{self, Component};
use super::tls::Files;
use crate::validate::{Pods, Validated};
use k8s_openapi::DeepMerge;
use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, EnvVar, HTTPGetAction, LocalObjectReference, PodSecurityContext,
    PodSpec, PodTemplateSpec, Probe, SeccompProfile, SecurityContext, TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use pawnshop_resource::PullPolicy;
use std::collections::BTreeMap;

/// A port of a container.
#[derive(Clone, Copy)]
pub(super) struct Port {
    pub(super) name: &'static str,
    pub(super) number: i32,
}

/// The API.
pub(super) const HTTP: Port = Port { name: "http", number: 8080 };
/// Reads, from dispatchers.
pub(super) const GRPC: Port = Port { name: "grpc", number: 7070 };
/// Probes and metrics.
pub(super) const OPERATIONS: Port = Port { name: "operations", number: 9090 };

/// The user and group of the images.
const USER: i64 = 65532;

/// What the pods of one component have of their own.
pub(super) struct Program<'a> {
    pub(super) component: Component<'a>,
    pub(super) executable: &'static str,
    pub(super) image: &'a str,
    pub(super) arguments: Vec<String>,
    pub(super) variables: Vec<EnvVar>,
    pub(super) files: Files,
    /// What is served beside operations.
    pub(super) port: Port,
    pub(super) service_account: String,
    /// Whether it asks the API server anything.
    pub(super) has_token: bool,
    pub(super) secrets_hash: &'a str,
}

/// The template of these pods, with what the resource wants merged in.
pub(super) fn template(
    shop: &Validated,
    program: Program<'_>,
    labels: BTreeMap<String, String>,
    given: &Pods,
) -> PodTemplateSpec {
    let annotations = labels::map([(labels::SECRETS_HASH, program.secrets_hash)]);
    let spread = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
    let pull_secrets = shop.pull_secrets.iter().map(|name| LocalObjectReference { name: name.clone() });
    let pull_secrets: Vec<_> = pull_secrets.collect();
    let volumes = program.files.volumes.clone();
    let mut template = PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels),
            annotations: Some(annotations),
            ..ObjectMeta::default()
        }),
        spec: Some(PodSpec {
            service_account_name: Some(program.service_account.clone()),
            automount_service_account_token: Some(program.has_token),
            // Other Services of the namespace are nothing to a program, and would fill its environment.
            enable_service_links: Some(false),
            security_context: Some(pod_security()),
            termination_grace_period_seconds: Some(given.grace_seconds.into()),
            topology_spread_constraints: Some(
                spread.map(|key| spread_over(shop, program.component, key)).into(),
            ),
            image_pull_secrets: (!pull_secrets.is_empty()).then_some(pull_secrets),
            volumes: (!volumes.is_empty()).then_some(volumes),
            containers: vec![container(shop, program, given)],
            ..PodSpec::default()
        }),
    };
    if let Some(overrides) = &given.overrides {
        template.merge_from(overrides.clone());
    }
    template
}

fn container(shop: &Validated, program: Program<'_>, given: &Pods) -> Container {
    let mut arguments = program.arguments;
    arguments.extend(program.files.flags);
    Container {
        name: program.component.name().to_owned(),
        image: Some(program.image.to_owned()),
        image_pull_policy: shop.pull_policy.map(|policy| pull_policy(policy).to_owned()),
        command: Some(vec![program.executable.to_owned()]),
        args: Some(arguments),
        env: Some(program.variables),
        ports: Some([program.port, OPERATIONS].map(container_port).into()),
        startup_probe: Some(probe("/healthz", 1, 60)),
        liveness_probe: Some(probe("/healthz", 10, 3)),
        readiness_probe: Some(probe("/readyz", 3, 2)),
        resources: Some(given.resources.clone()),
        security_context: Some(container_security()),
        // What a program says of wrong settings, where `kubectl describe` shows it.
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        volume_mounts: (!program.files.mounts.is_empty()).then_some(program.files.mounts),
        ..Container::default()
    }
}

/// The `restricted` profile of the Pod Security Standards, for the pod.
fn pod_security() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(USER),
        run_as_group: Some(USER),
        fs_group: Some(USER),
        seccomp_profile: Some(SeccompProfile {
            type_: "RuntimeDefault".to_owned(),
            ..SeccompProfile::default()
        }),
        ..PodSecurityContext::default()
    }
}

/// The same for the container; nothing is ever written to its file system.
fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        read_only_root_filesystem: Some(true),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
        ..SecurityContext::default()
    }
}

/// Evenly where there is room: a node or a zone that fails takes as few as can be.
fn spread_over(shop: &Validated, component: Component<'_>, key: &str) -> TopologySpreadConstraint {
    TopologySpreadConstraint {
        topology_key: key.to_owned(),
        max_skew: 1,
        when_unsatisfiable: "ScheduleAnyway".to_owned(),
        label_selector: Some(labels::pods_of(shop, component)),
        // The pods of a rollout are spread among themselves, not around those that they replace.
        match_label_keys: Some(vec!["pod-template-hash".to_owned()]),
        ..TopologySpreadConstraint::default()
    }
}

fn probe(path: &str, period_seconds: i32, failure_threshold: i32) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::String(OPERATIONS.name.to_owned()),
            ..HTTPGetAction::default()
        }),
        period_seconds: Some(period_seconds),
        failure_threshold: Some(failure_threshold),
        timeout_seconds: Some(3),
        ..Probe::default()
    }
}

fn container_port(port: Port) -> ContainerPort {
    ContainerPort {
        name: Some(port.name.to_owned()),
        container_port: port.number,
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    }
}

fn pull_policy(policy: PullPolicy) -> &'static str {
    match policy {
        PullPolicy::Always => "Always",
        PullPolicy::IfNotPresent => "IfNotPresent",
        PullPolicy::Never => "Never",
    }
}
