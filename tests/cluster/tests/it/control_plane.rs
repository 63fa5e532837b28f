use crate::{can_run, eventually, kubectl};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, ServiceAccount};
use kube::Api;
use kube::api::PostParams;
use pawnshop_cluster::{Cluster, Level};
use serde_json::{Value, json};

const CRD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crds/pawnshops.yaml");
const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop.yaml");

#[tokio::test]
async fn a_shop_is_kept_once_its_resource_is_known() {
    if !can_run(Level::ControlPlane, "control_plane::a_shop_is_kept_once_its_resource_is_known") {
        return;
    }
    let cluster = Cluster::control_plane().await.unwrap();
    let namespace = cluster.namespace("shops").await.unwrap();
    kubectl(cluster, &["apply", "--server-side", "--filename", CRD]).await;
    kubectl(cluster, &["wait", "--for=condition=Established", "--timeout=60s", "--filename", CRD]).await;
    let made =
        kubectl(cluster, &["create", "--namespace", &namespace, "--filename", SHOP, "--output=json"]).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let name = made["metadata"]["name"].as_str().unwrap();
    let kept = kubectl(cluster, &["get", "--namespace", &namespace, "pawnshop", name, "--output=json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap()["spec"], made["spec"]);
}

#[tokio::test]
async fn controllers_act_on_objects() {
    if !can_run(Level::ControlPlane, "control_plane::controllers_act_on_objects") {
        return;
    }
    let cluster = Cluster::control_plane().await.unwrap();
    let namespace = cluster.namespace("acts").await.unwrap();
    let client = cluster.client().await.unwrap();
    let deployment: Deployment = serde_json::from_value(json!({
        "metadata": {"name": "clerks"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "clerks"}},
            "template": {
                "metadata": {"labels": {"app": "clerks"}},
                "spec": {"containers": [{"name": "clerk", "image": "pawnshop.test/none:1"}]},
            },
        },
    }))
    .unwrap();
    Api::namespaced(client.clone(), &namespace).create(&PostParams::default(), &deployment).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(client, &namespace);
    eventually("the scheduler has looked for a node for both pods", async || {
        let pods = pods.list(&Default::default()).await.unwrap();
        pods.iter().filter(|pod| condition(pod, "PodScheduled").as_deref() == Some("Unschedulable")).count()
            == 2
    })
    .await;
}

#[tokio::test]
async fn an_account_has_its_own_rights_and_what_it_tries_is_told() {
    if !can_run(Level::ControlPlane, "control_plane::an_account_has_its_own_rights_and_what_it_tries_is_told")
    {
        return;
    }
    let cluster = Cluster::control_plane().await.unwrap();
    let namespace = cluster.namespace("rights").await.unwrap();
    let mut account = ServiceAccount::default();
    account.metadata.name = Some("clerk".to_owned());
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.client().await.unwrap(), &namespace);
    accounts.create(&PostParams::default(), &account).await.unwrap();

    let client = cluster.client_of(&namespace, "clerk").await.unwrap();
    let notes: Api<ConfigMap> = Api::namespaced(client, &namespace);
    let mut note = ConfigMap::default();
    note.metadata.name = Some("note".to_owned());
    let refused = notes.create(&PostParams::default(), &note).await.unwrap_err();
    assert!(matches!(refused, kube::Error::Api(status) if status.code == 403));

    let clerk = format!("system:serviceaccount:{namespace}:clerk");
    eventually("the audit log has it", async || {
        let writes = cluster.writes().unwrap();
        let mut by_clerk = writes.iter().filter(|write| write.user == clerk);
        by_clerk.next().is_some_and(|write| {
            (&*write.verb, &*write.resource, &*write.namespace, write.code)
                == ("create", "configmaps", &*namespace, 403)
        })
    })
    .await;
}

/// Why a condition of a pod is as it is.
fn condition(pod: &Pod, kind: &str) -> Option<String> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == kind)?.reason.clone()
}
