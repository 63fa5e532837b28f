//! What a size is measured in: a control plane of its own, empty but for Secrets.

use crate::shop;
use anyhow::{Context, Result, anyhow};
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, ResourceExt};
use pawnshop_cluster::{Cluster, Level, Part};
use pawnshop_resource::{PawnShop, crd};
use pawnshop_servers::Rabbit;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The namespace, the account and the Lease of the operator.
pub(crate) const OPERATOR: &str = "pawnshop-operator";
/// How long anything may take that has an end of its own.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1800);
/// Connections by which everything is made that nobody measures.
const HANDS: usize = 16;

pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) client: Client,
    pub(crate) kubeconfig: PathBuf,
}

impl World {
    /// A control plane that knows shops, with namespaces for so many. Its controller manager is ended: it would make
    /// ReplicaSets and pods that no node takes, and compete with what is measured.
    pub(crate) async fn new(shops: usize) -> Result<Self> {
        let cluster = Cluster::start(Level::ControlPlane).await?;
        cluster.take_away(Part::ControllerManager).await?;
        let client = cluster.client().await?;
        let crd = crd();
        let name = crd.name_any();
        let definitions = Api::all(client.clone());
        definitions.create(&PostParams::default(), &crd).await?;
        let established = await_condition(definitions, &name, conditions::is_crd_established());
        tokio::time::timeout(PATIENCE, established).await.context("the resource is not established")??;
        for name in shop::namespaces(shops).into_iter().chain([OPERATOR.to_owned()]) {
            let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": name}}))?;
            Api::all(client.clone()).create(&PostParams::default(), &namespace).await?;
        }
        let kubeconfig = account(&cluster, &client).await?;
        Ok(Self { cluster, client, kubeconfig })
    }

    /// Makes the Secrets of so many shops.
    pub(crate) async fn make_secrets(&self, shops: usize, broker: &Rabbit) -> Result<()> {
        let management =
            broker.management_uri().ok_or_else(|| anyhow!("the broker has no management API"))?;
        let secrets = (0..shops).flat_map(|number| shop::secrets(number, broker.uri(), management));
        self.make_all(&ApiResource::erase::<k8s_openapi::api::core::v1::Secret>(&()), secrets).await
    }

    /// Makes so many shops: when the first was begun, and when the last was there.
    pub(crate) async fn make_shops(&self, shops: usize) -> Result<(Instant, Instant)> {
        let begun = Instant::now();
        self.make_all(&ApiResource::erase::<PawnShop>(&()), (0..shops).map(shop::resource)).await?;
        Ok((begun, Instant::now()))
    }

    async fn make_all(&self, kind: &ApiResource, objects: impl Iterator<Item = Value>) -> Result<()> {
        let made = stream::iter(objects.map(Ok)).try_for_each_concurrent(HANDS, |object| async move {
            let object: DynamicObject = serde_json::from_value(object)?;
            let namespace = object.namespace().unwrap_or_default();
            let api = Api::<DynamicObject>::namespaced_with(self.client.clone(), &namespace, kind);
            api.create(&PostParams::default(), &object).await?;
            anyhow::Ok(())
        });
        made.await
    }

    /// Tells of every Deployment what the controller manager would, once all its pods are ready. When that was done.
    pub(crate) async fn make_ready(&self) -> Result<Instant> {
        let deployments = Api::<k8s_openapi::api::apps::v1::Deployment>::all(self.client.clone());
        let all = deployments.list(&Default::default()).await?;
        let done = stream::iter(all.items).map(|deployment| async move {
            let namespace = deployment.namespace().unwrap_or_default();
            let api = Api::<k8s_openapi::api::apps::v1::Deployment>::namespaced(self.client.clone(), &namespace);
            let pods = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            let condition = |kind: &str, reason: &str| json!({"type": kind, "status": "True", "reason": reason});
            let status = json!({"status": {
                "observedGeneration": deployment.metadata.generation, "replicas": pods, "updatedReplicas": pods,
                "readyReplicas": pods, "availableReplicas": pods,
                "conditions": [
                    condition("Available", "MinimumReplicasAvailable"),
                    condition("Progressing", "NewReplicaSetAvailable"),
                ],
            }});
            api.patch_status(&deployment.name_any(), &PatchParams::default(), &Patch::Merge(status)).await?;
            anyhow::Ok(())
        });
        done.buffer_unordered(HANDS).try_collect::<()>().await?;
        Ok(Instant::now())
    }
}

/// An account that may do everything and that tells the operator's writes from ours.
async fn account(cluster: &Cluster, client: &Client) -> Result<PathBuf> {
    let account: ServiceAccount = serde_json::from_value(json!({"metadata": {"name": OPERATOR}}))?;
    Api::namespaced(client.clone(), OPERATOR).create(&PostParams::default(), &account).await?;
    let binding: ClusterRoleBinding = serde_json::from_value(json!({
        "metadata": {"name": OPERATOR},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": OPERATOR, "namespace": OPERATOR}],
    }))?;
    Api::all(client.clone()).create(&PostParams::default(), &binding).await?;
    cluster.kubeconfig_of(OPERATOR, OPERATOR).await
}
