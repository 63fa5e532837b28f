//! KEDA on a cluster, for what is tested with it or compared to it.

use crate::Cluster;
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pawnshop_servers::{Folder, Launch, Process, free_ports, until_ready};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/run/keda-keys.sh");

/// Where KEDA is at home in a cluster.
const NAMESPACE: &str = "keda";
/// The adapter's Service, which leads to a process of this machine.
const ADAPTER: &str = "keda-metrics-apiserver";
/// What the adapter serves, and HPAs ask for.
const API: &str = "v1beta1.external.metrics.k8s.io";

/// KEDA's operator and metrics adapter on a cluster: the programs of its release with its own resource definitions, as
/// processes of this machine, with an administrator's rights. Both end with this value.
#[derive(Debug)]
pub struct Keda {
    operator: Process,
    adapter: Process,
    _folder: Folder,
}

impl Keda {
    /// Whether it was built here; the error tells why not.
    pub fn available() -> Result<(), String> {
        pawnshop_servers::keda().map(|_| ())
    }

    /// Installs KEDA in a cluster; returns once the API server reaches its adapter.
    ///
    /// # Errors
    /// When it was not built, or does not serve in time: what it said last.
    pub async fn start(cluster: &Cluster) -> Result<Self> {
        let home = pawnshop_servers::keda().map_err(anyhow::Error::msg)?;
        let folder = Folder::temporary("keda")?;
        let keys = folder.path().join("keys");
        make_keys(&keys)?;
        let definitions = home.join("crds");
        cluster.apply_files(&definitions).await?;
        cluster.wait_for("Established", &[OsString::from("--filename"), definitions.into()]).await?;

        let [metrics, probes, https, http] = free_ports()?;
        let launch = |program: &str, arguments: Vec<String>| Launch {
            name: format!("KEDA's {program}"),
            program: home.join("bin").join(program),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: environment(cluster),
            log: folder.path().join(format!("{program}.log")),
            scratch: folder.scratch(),
        };
        let keys_flag = format!("--cert-dir={}", keys.display());
        let mut operator = Process::start(launch(
            "operator",
            vec![
                keys_flag.clone(),
                format!("--metrics-service-bind-address=127.0.0.1:{metrics}"),
                format!("--health-probe-bind-address=127.0.0.1:{probes}"),
                "--enable-prometheus-metrics=false".to_owned(),
            ],
        ))?;
        let listens = async |_: &Process| TcpStream::connect((Ipv4Addr::LOCALHOST, metrics)).await.is_ok();
        until_ready(&mut operator, listens).await?;
        let mut adapter = Process::start(launch(
            "adapter",
            [
                keys_flag,
                format!("--metrics-service-address=localhost:{metrics}"),
                format!("--bind-address={}", cluster.host()),
                format!("--secure-port={https}"),
                format!("--port={http}"),
                format!("--client-ca-file={}", keys.join("ca.crt").display()),
                format!("--tls-cert-file={}", keys.join("tls.crt").display()),
                format!("--tls-private-key-file={}", keys.join("tls.key").display()),
            ]
            .into_iter()
            .chain(
                ["authentication-", "authorization-", "lister-"]
                    .map(|whose| format!("--{whose}kubeconfig={}", cluster.kubeconfig().display())),
            )
            .collect(),
        ))?;
        let listens = async |_: &Process| TcpStream::connect((cluster.host(), https)).await.is_ok();
        until_ready(&mut adapter, listens).await?;
        let authority = std::fs::read(keys.join("ca.crt"))?;
        cluster.apply(&objects(cluster.host(), https, &authority)).await?;
        let available = cluster.wait_for("Available", &[format!("apiservice/{API}").into()]).await;
        available.with_context(|| adapter.last_words())?;
        Ok(Self { operator, adapter, _folder: folder })
    }

    /// An error when one of its programs ended.
    ///
    /// # Errors
    /// How it ended, and its last words.
    pub fn check(&mut self) -> Result<()> {
        self.operator.check()?;
        self.adapter.check()
    }

    /// What its operator wrote.
    pub fn operator_log(&self) -> String {
        self.operator.output()
    }

    /// Ends its operator; the adapter and all objects stay, as after an uninstallation that went wrong.
    ///
    /// # Errors
    /// When it is not gone in time.
    pub async fn kill_operator(&mut self) -> Result<()> {
        self.operator.kill().await
    }
}

fn environment(cluster: &Cluster) -> Vec<(String, OsString)> {
    let text = |name: &str, value: &str| (name.to_owned(), OsString::from(value));
    vec![
        ("KUBECONFIG".to_owned(), cluster.kubeconfig().into()),
        text("POD_NAMESPACE", NAMESPACE),
        text("KEDA_CLUSTER_OBJECT_NAMESPACE", NAMESPACE),
        // All namespaces.
        text("WATCH_NAMESPACE", ""),
    ]
}

fn make_keys(folder: &Path) -> Result<()> {
    std::fs::create_dir(folder)?;
    let made =
        std::process::Command::new(KEYS).arg(folder).output().with_context(|| format!("run {KEYS}"))?;
    ensure!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    Ok(())
}

/// What of KEDA's manifests a KEDA beside the cluster needs: the way to its adapter, and the right to ask it.
fn objects(host: Ipv4Addr, port: u16, authority: &[u8]) -> Value {
    let service = json!({"name": ADAPTER, "namespace": NAMESPACE});
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "v1", "kind": "Service", "metadata": service,
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": port, "protocol": "TCP"}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{ADAPTER}-1"), "namespace": NAMESPACE,
                "labels": {"kubernetes.io/service-name": ADAPTER},
            },
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            "endpoints": [{"addresses": [host], "conditions": {"ready": true}}],
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API},
            "spec": {
                "group": "external.metrics.k8s.io", "version": "v1beta1", "service": service,
                "caBundle": BASE64_STANDARD.encode(authority), "groupPriorityMinimum": 100, "versionPriority": 100,
            },
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "keda-external-metrics-reader"},
            "rules": [{"apiGroups": ["external.metrics.k8s.io"], "resources": ["*"], "verbs": ["*"]}],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "keda-external-metrics-reader"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "keda-external-metrics-reader",
            },
            "subjects": [{
                "kind": "ServiceAccount", "name": "horizontal-pod-autoscaler", "namespace": "kube-system",
            }],
        },
    ]})
}

impl Cluster {
    /// Applies objects, or a `List` of them, server-side, as the administrator.
    ///
    /// # Errors
    /// What kubectl says.
    pub async fn apply(&self, objects: &Value) -> Result<()> {
        self.kubectl_apply("-".into(), objects.to_string().as_bytes()).await
    }

    /// Applies a manifest, or all in a folder, the same way.
    ///
    /// # Errors
    /// What kubectl says.
    pub async fn apply_files(&self, path: &Path) -> Result<()> {
        self.kubectl_apply(path.to_owned(), &[]).await
    }

    async fn kubectl_apply(&self, from: PathBuf, input: &[u8]) -> Result<()> {
        let mut kubectl = self.kubectl();
        kubectl.args(["apply", "--server-side", "--force-conflicts", "--filename"]).arg(from);
        kubectl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = kubectl.spawn()?;
        let mut stdin = running.stdin.take().context("kubectl has no standard input")?;
        stdin.write_all(input).await?;
        drop(stdin);
        succeeded(&running.wait_with_output().await?)
    }

    /// Waits until objects are at a condition. `objects`: as `kubectl wait` takes them.
    ///
    /// # Errors
    /// When they are not in time.
    pub async fn wait_for(&self, condition: &str, objects: &[OsString]) -> Result<()> {
        let mut kubectl = self.kubectl();
        kubectl.args(["wait", "--timeout=60s", &format!("--for=condition={condition}")]).args(objects);
        succeeded(&kubectl.output().await?)
    }
}

fn succeeded(done: &Output) -> Result<()> {
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "kubectl: {}: {}", done.status, told.trim());
    Ok(())
}
