//! A Deployment, and a ScaledObject with KEDA's own RabbitMQ scaler, as its documentation shows it.

use super::Placed;
use crate::pool::SECRET;
use serde_json::{Value, json};

pub(super) const DEPLOYMENT: &str = "workers";

/// How often KEDA asks, in seconds; 30 is its default, which makes everything slower and nothing else.
const POLLING: u64 = 5;

pub(super) fn objects(pool: &Placed<'_>, protocol: &str) -> Value {
    let Placed { wanted, namespace, queue, scale_in } = pool;
    let metadata = json!({"name": DEPLOYMENT, "namespace": namespace});
    let host = if protocol == "http" { "managementUri" } else { "uri" };
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {
                "replicas": wanted.min,
                "selector": {"matchLabels": {"app": DEPLOYMENT}},
                "template": {
                    "metadata": {"labels": {"app": DEPLOYMENT}},
                    "spec": {"containers": [{"name": "worker", "image": "pawnshop.test/none:1"}]},
                },
            },
        },
        {
            "apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication", "metadata": metadata,
            "spec": {"secretTargetRef": [{"parameter": "host", "name": SECRET, "key": host}]},
        },
        {
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": metadata,
            "spec": {
                "scaleTargetRef": {"name": DEPLOYMENT},
                "minReplicaCount": wanted.min,
                "maxReplicaCount": wanted.max,
                "pollingInterval": POLLING,
                "cooldownPeriod": scale_in,
                "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {
                    "scaleDown": {"stabilizationWindowSeconds": scale_in},
                }}},
                "triggers": [{
                    "type": "rabbitmq",
                    "metadata": {
                        "protocol": protocol,
                        "queueName": queue,
                        "mode": "QueueLength",
                        "value": wanted.per_worker.to_string(),
                    },
                    "authenticationRef": {"name": DEPLOYMENT},
                }],
            },
        },
    ]})
}
