//! A shop with the pool, and beside it one worker of another pool, since at least one must read.

use super::{Care, Placed};
use crate::pool::{FLOW, OTHER_FLOW, SECRET, SHOP};
use anyhow::{Context, Result, bail};
use pawnshop_cluster::Cluster;
use pawnshop_resource::crd;
use pawnshop_servers::{Folder, Launch, Process, free_ports, until_ready};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The shop's name and its pool's.
pub(super) const DEPLOYMENT: &str = "shop-sales";

const NAMESPACE: &str = "pawnshop-system";

/// No pod runs that would tell how large events are: each message counts as full, and a worker is given as many
/// messages as the others give it.
const EVENTS: u32 = 256;

/// The Service by which the API server asks for its metrics.
const METRICS: &str = "pawnshop-operator-metrics";
/// The APIService that the operator registers.
const API: &str = "v1beta1.external.metrics.k8s.io";
/// How long that may take.
const REGISTERED: Duration = Duration::from_secs(60);

/// Starts an operator for all namespaces, with an administrator's rights.
pub(super) async fn start(program: &Path, cluster: &Cluster) -> Result<Care> {
    cluster.apply(&serde_json::to_value(crd())?).await?;
    cluster.wait_for("Established", &["crd/pawnshops.pawnshop.dev".into()]).await?;
    let [metrics] = free_ports()?;
    let listen = SocketAddr::from((cluster.host(), metrics));
    cluster.apply(&surroundings(listen)).await?;
    let folder = Folder::temporary("operator")?;
    let launch = Launch {
        name: "the operator".to_owned(),
        program: program.to_owned(),
        arguments: vec![
            format!("--namespace={NAMESPACE}").into(),
            "--operations-listen=127.0.0.1:0".into(),
            "--external-metrics=true".into(),
            format!("--metrics-listen={listen}").into(),
            format!("--metrics-service={METRICS}").into(),
            // An outage is over before the default would have read a rotated Secret.
            "--secrets-interval=5s".into(),
        ],
        environment: vec![("KUBECONFIG".to_owned(), cluster.kubeconfig().into())],
        log: folder.path().join("operator.log"),
        scratch: folder.scratch(),
    };
    let mut process = Process::start(launch)?;
    let http = reqwest::Client::new();
    let ready = async |process: &Process| {
        let output = process.output();
        let Some(uri) = output.lines().find_map(|line| line.strip_prefix("operations ")) else {
            return false;
        };
        http.get(format!("{uri}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success())
    };
    until_ready(&mut process, ready).await.context("the operator")?;
    registered(cluster).await.with_context(|| process.last_words())?;
    Ok(Care::Operator(process, folder))
}

/// Waits until the API server reaches it for metrics: before, it would scale by other means.
async fn registered(cluster: &Cluster) -> Result<()> {
    let end = Instant::now() + REGISTERED;
    while Instant::now() < end {
        let asked = cluster.kubectl().args(["get", "apiservice", API]).output().await?;
        if asked.status.success() {
            return cluster.wait_for("Available", &[format!("apiservice/{API}").into()]).await;
        }
        sleep(Duration::from_millis(200)).await;
    }
    bail!("the operator has registered no APIService")
}

/// What its chart makes: the way to its metrics, and the right to ask for them.
fn surroundings(metrics: SocketAddr) -> Value {
    let named = |name: &str| json!({"name": name, "namespace": NAMESPACE});
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "v1", "kind": "Service", "metadata": named(METRICS),
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": metrics.port(), "protocol": "TCP"}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{METRICS}-1"), "namespace": NAMESPACE,
                "labels": {"kubernetes.io/service-name": METRICS},
            },
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": metrics.port(), "protocol": "TCP"}],
            "endpoints": [{"addresses": [metrics.ip()], "conditions": {"ready": true}}],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": METRICS},
            "rules": [{
                "apiGroups": ["external.metrics.k8s.io"], "resources": ["pawnshop_backlog"], "verbs": ["get", "list"],
            }],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": METRICS},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": METRICS},
            "subjects": [{
                "kind": "ServiceAccount", "name": "horizontal-pod-autoscaler", "namespace": "kube-system",
            }],
        },
    ]})
}

pub(super) fn objects(pool: &Placed<'_>) -> Value {
    let Placed { wanted, namespace, scale_in, .. } = pool;
    let key = |key: &str| json!({"secretKeyRef": {"name": SECRET, "key": key}});
    json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop",
        "metadata": {"name": SHOP, "namespace": namespace},
        "spec": {
            "broker": {"uri": key("uri"), "managementUri": key("managementUri")},
            "store": {"uri": key("store")},
            "pools": [
                {"name": "sales", "flows": [FLOW], "autoscaling": {
                    "min": wanted.min, "max": wanted.max, "backlogPerWorker": wanted.per_worker * EVENTS,
                    "scaleInStabilizationSeconds": scale_in,
                }},
                {"name": "readers", "flows": [OTHER_FLOW], "replicas": 1},
            ],
        },
    })
}
