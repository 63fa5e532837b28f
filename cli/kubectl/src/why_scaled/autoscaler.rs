use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;

/// What a pool's HorizontalPodAutoscaler says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Autoscaler {
    pub(super) name: String,
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) current: i32,
    pub(super) desired: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_scale: Option<Timestamp>,
    pub(super) conditions: Vec<Holding>,
}

/// A condition of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Holding {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
}

impl Autoscaler {
    /// As it was read.
    pub(super) fn of(read: &HorizontalPodAutoscaler) -> Self {
        let spec = read.spec.clone().unwrap_or_default();
        let status = read.status.clone().unwrap_or_default();
        let conditions = status.conditions.into_iter().flatten().map(|told| Holding {
            kind: told.type_,
            status: told.status,
            reason: told.reason.unwrap_or_default(),
            message: told.message.unwrap_or_default(),
        });
        Self {
            name: read.name_any(),
            min: spec.min_replicas.unwrap_or(1),
            max: spec.max_replicas,
            current: status.current_replicas.unwrap_or_default(),
            desired: status.desired_replicas,
            last_scale: status.last_scale_time.map(|time| time.0),
            conditions: conditions.collect(),
        }
    }

    /// The condition of this type, at this status.
    pub(super) fn at(&self, kind: &str, status: &str) -> Option<&Holding> {
        self.conditions.iter().find(|told| told.kind == kind && told.status == status)
    }
}
