use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::Object;
use serde::Deserialize;

/// A Deployment, as far as it is read: the rest of it is larger than all else that is remembered of a shop.
pub type DeploymentPart = Object<SpecPart, StatusPart>;

/// What is read of a Deployment's `spec`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SpecPart {
    #[serde(default)]
    replicas: Option<i32>,
}

/// What is read of a Deployment's `status`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatusPart {
    observed_generation: Option<i64>,
    replicas: Option<i32>,
    updated_replicas: Option<i32>,
    ready_replicas: Option<i32>,
    conditions: Vec<ConditionPart>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConditionPart {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    reason: Option<String>,
    message: Option<String>,
}

/// How the pods of a Deployment are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// How many are wanted.
    pub wanted: u32,
    /// How many there are.
    pub replicas: u32,
    /// How many of them are of the last revision.
    pub updated: u32,
    /// How many of them are ready.
    pub ready: u32,
    /// Whether the figures are of the object as it is now.
    pub is_current: bool,
    /// Why it does not get on, as Kubernetes tells it.
    pub failure: Option<String>,
}

impl Rollout {
    /// That of this Deployment.
    pub fn of(deployment: &DeploymentPart) -> Self {
        let status = deployment.status.clone().unwrap_or_default();
        Self {
            wanted: count(deployment.spec.replicas.or(Some(1))),
            replicas: count(status.replicas),
            updated: count(status.updated_replicas),
            ready: count(status.ready_replicas),
            is_current: is_current(&deployment.metadata, &status),
            failure: status.conditions.iter().find_map(failure),
        }
    }

    /// Whether all pods that are wanted are ready, of the last revision, and no other is left.
    pub fn is_complete(&self) -> bool {
        self.is_current
            && self.updated == self.wanted
            && self.ready == self.wanted
            && self.replicas == self.wanted
    }
}

fn is_current(metadata: &ObjectMeta, status: &StatusPart) -> bool {
    status.observed_generation >= metadata.generation
}

/// Conditions that tell a failure: pods that cannot be made, and a rollout that takes longer than it may.
fn failure(condition: &ConditionPart) -> Option<String> {
    let failed = match condition.kind.as_str() {
        "ReplicaFailure" => condition.status == "True",
        "Progressing" => condition.status == "False",
        _ => false,
    };
    failed.then(|| {
        let reason = condition.reason.as_deref().unwrap_or(&condition.kind);
        format!("{reason}: {}", condition.message.as_deref().unwrap_or_default())
    })
}

fn count(replicas: Option<i32>) -> u32 {
    replicas.and_then(|replicas| u32::try_from(replicas).ok()).unwrap_or_default()
}
