use super::autoscaler::Autoscaler;
use super::find::Found;
use super::held::held;
use super::inputs::Inputs;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use pawnshop_resource::ScaleChange;
use serde::Serialize;

/// Why a pool has as many workers as it has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(super) namespace: String,
    pub(super) shop: String,
    pub(super) pool: String,
    /// Who scales it, as the status has it.
    pub(super) backend: String,
    pub(super) workers: Workers,
    /// `None`: the resource says how many workers there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inputs: Option<Inputs>,
    /// What the rule says now; `None`: there is nothing to say it of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Said>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) autoscaler: Option<Autoscaler>,
    /// The shop's condition ScalingActive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scaling_active: Option<Condition>,
    /// The latest first.
    pub(super) changes: Vec<ScaleChange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<String>,
}

/// How many workers a pool has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Workers {
    /// How many it is to have.
    pub(super) wanted: u32,
    pub(super) ready: u32,
}

/// What the rule says, without its windows.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    pub(super) from: u32,
    pub(super) to: u32,
    /// In one word.
    pub(super) reason: &'static str,
    /// With the figures.
    pub(super) says: String,
    /// Why it is not so yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) held: Vec<String>,
    pub(super) would_change: String,
}

impl Report {
    /// The report on what was found.
    pub(crate) fn of(found: &Found, now: Timestamp) -> Self {
        let which = &found.which;
        let scaling = which.status.scaling.clone().unwrap_or_default();
        let workers = found
            .deployment
            .as_ref()
            .map_or(Workers { wanted: which.status.replicas, ready: which.status.ready }, Workers::of);
        let inputs = which.pool.autoscaled.then(|| Inputs::of(found, now));
        let autoscaler = found.autoscaler.as_ref().map(Autoscaler::of);
        let rule = inputs.as_ref().map(|inputs| {
            let decision = inputs.decide(workers.wanted);
            let newest = scaling.changes.first();
            Said {
                from: decision.from,
                to: decision.to,
                reason: decision.why.name(),
                says: decision.to_string(),
                held: held(&decision, inputs, &scaling.backend, autoscaler.as_ref(), newest, now),
                would_change: decision.would_change(),
            }
        });
        let mut conditions = which.shop.status.iter().flat_map(|status| &status.conditions);
        Self {
            namespace: which.shop.namespace().unwrap_or_default(),
            shop: which.shop.name_any(),
            pool: which.pool.name.clone(),
            backend: scaling.backend,
            workers,
            inputs,
            rule,
            autoscaler,
            scaling_active: conditions.find(|told| told.type_ == "ScalingActive").cloned(),
            changes: scaling.changes,
            unread: found.unread.clone(),
        }
    }
}

impl Workers {
    fn of(deployment: &Deployment) -> Self {
        let count = |number: Option<i32>| u32::try_from(number.unwrap_or_default()).unwrap_or_default();
        let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).or(Some(1));
        let ready = deployment.status.as_ref().and_then(|status| status.ready_replicas);
        Self { wanted: count(wanted), ready: count(ready) }
    }
}
