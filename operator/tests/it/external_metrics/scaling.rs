use super::stage::{Stage, applied};
use crate::support::eventually;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DeleteParams, Patch};
use pawnshop_operator::external_metrics::Registration;
use pawnshop_scaling::Backlog;
use serde_json::json;
use std::time::{Duration, Instant};

const NOW: Duration = Duration::ZERO;

/// More than two looks of the controller of HorizontalPodAutoscalers.
const LOOKS: Duration = Duration::from_secs(12);

#[tokio::test]
async fn an_autoscaler_follows_the_backlog_holds_when_it_is_unknown_and_no_namespace_hangs() {
    let test = "external_metrics::scaling::an_autoscaler_follows_the_backlog_holds_when_it_is_unknown_and_no_namespace_hangs";
    let Some(stage) = Stage::new(test).await else { return };
    let (namespace, client) = (&*stage.world.namespace, stage.client());
    let replica = stage.replica("first", stage.options()).await;
    replica.tells(|told| *told == Registration::Ours).await;
    eventually("the API server asks here", async || stage.raw("").await.is_ok()).await;

    replica.measured(namespace, Backlog::Known(400), NOW);
    let selector = "?labelSelector=pawnshop.dev%2Fpool%3Ditems%2Cpawnshop.dev%2Fshop%3Dtown";
    let answer = stage.raw(selector).await.unwrap();
    assert_eq!(
        (&answer["items"][0]["value"], &answer["items"][1]),
        (&"400".into(), &json!(null)),
        "{answer}"
    );
    let none = stage.raw("?labelSelector=pawnshop.dev%2Fpool%3Dactions").await.unwrap();
    assert_eq!(none["items"], json!([]));
    replica.measured(namespace, Backlog::Known(400), Duration::from_secs(31));
    assert_eq!(stage.raw(selector).await.unwrap()["items"], json!([]), "it is old");

    let deployments = Api::<Deployment>::namespaced(client.clone(), namespace);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "clerks"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "clerks"}},
            "template": {
                "metadata": {"labels": {"app": "clerks"}},
                "spec": {"containers": [{"name": "clerk", "image": "pawnshop.test/none:1"}]},
            },
        },
    });
    deployments.patch("clerks", &applied(), &Patch::Apply(deployment)).await.unwrap();
    let autoscalers = Api::<HorizontalPodAutoscaler>::namespaced(client.clone(), namespace);
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "clerks"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "clerks"},
            "minReplicas": 1, "maxReplicas": 10,
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}},
            "metrics": [{"type": "External", "external": {
                "metric": {"name": "pawnshop_backlog", "selector": {"matchLabels": {
                    "pawnshop.dev/shop": "town", "pawnshop.dev/pool": "items",
                }}},
                "target": {"type": "AverageValue", "averageValue": "100"},
            }}],
        },
    });
    autoscalers.patch("clerks", &applied(), &Patch::Apply(autoscaler)).await.unwrap();
    let replicas =
        async || deployments.get_scale("clerks").await.unwrap().spec.unwrap().replicas.unwrap_or_default();
    eventually("there are as many as the backlog needs", async || {
        replica.measured(namespace, Backlog::Known(400), NOW);
        replicas().await == 4
    })
    .await;

    replica.measured(namespace, Backlog::Unknown("the broker is away".to_owned()), NOW);
    let is_active = async || {
        let autoscaler = autoscalers.get("clerks").await.unwrap();
        let conditions = autoscaler.status.unwrap().conditions.unwrap_or_default();
        conditions.iter().any(|told| told.type_ == "ScalingActive" && told.status == "True")
    };
    eventually("the autoscaler knows that it knows nothing", async || !is_active().await).await;
    let since = Instant::now();
    while since.elapsed() < LOOKS {
        assert_eq!(replicas().await, 4, "unknown is no zero");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    eventually("a zero is one", async || {
        replica.measured(namespace, Backlog::Known(0), NOW);
        replicas().await == 1
    })
    .await;

    // Nothing is known of any pool, as when all brokers are down.
    replica.measured(namespace, Backlog::Unknown("the broker is away".to_owned()), NOW);
    let other = stage.world.cluster.namespace("doomed").await.unwrap();
    let namespaces = Api::<Namespace>::all(client);
    namespaces.delete(&other, &DeleteParams::default()).await.unwrap();
    eventually("the namespace is gone", async || namespaces.get_opt(&other).await.unwrap().is_none()).await;
}
