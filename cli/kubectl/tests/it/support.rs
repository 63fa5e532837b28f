use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, ResourceExt};
use pawnshop_cluster::{Cluster, Level};
use pawnshop_operator::kind::Kind;
use pawnshop_resource::{PawnShop, crd};
use pawnshop_servers::{Folder, Launch, Process};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::process::Command;
use tokio::sync::OnceCell;

pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// Waits until a condition holds; fails when it does not in time.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How the plugin ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A command line of the plugin, as this kubeconfig.
pub(crate) fn plugin(kubeconfig: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-pawnshop"));
    // Generous: the machine may be busy, and no test is about this deadline.
    command
        .args(arguments)
        .args(["--request-timeout", "60s"])
        .env("KUBECONFIG", kubeconfig)
        .kill_on_drop(true);
    command
}

pub(crate) async fn said(mut command: Command) -> Said {
    let done = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends").unwrap();
    Said {
        code: done.status.code(),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// A program of `examples/`, which cargo builds with the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples").join(name)
}

/// A namespace of a real cluster that knows shops.
pub(crate) struct World {
    pub(crate) cluster: &'static Cluster,
    pub(crate) namespace: String,
    pub(crate) client: Client,
    folder: Folder,
}

impl World {
    /// `None`, and noted, where there can be no cluster.
    pub(crate) async fn new(level: Level, test: &str) -> Option<Self> {
        if let Err(why) = Cluster::available(level) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        let cluster = match level {
            Level::ControlPlane => Cluster::control_plane().await.unwrap(),
            Level::Node => Cluster::node().await.unwrap(),
        };
        let client = cluster.client().await.unwrap();
        install_crd(&client, level).await;
        let namespace = cluster.namespace("shops").await.unwrap();
        Some(Self { cluster, namespace, client, folder: Folder::temporary("plugin").unwrap() })
    }

    /// What the plugin says in this namespace, as the administrator.
    pub(crate) async fn plugin(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments)).await
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        plugin(&self.cluster.kubeconfig(), &[arguments, &["--namespace", &self.namespace]].concat())
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn shop(name: &str) -> Value {
        json!({
            "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": name},
            "spec": {
                // The operator of these tests serves no external metrics.
                "scaling": {"backend": "Builtin"},
                "broker": {"uri": {"secretKeyRef": {"name": "rabbit", "key": "uri"}}},
                "store": {"uri": {"secretKeyRef": {"name": "mongo", "key": "uri"}}},
                "dispatcher": {
                    "autoscaling": {"min": 2, "max": 4, "cpuPercent": 80},
                    "ingress": {"host": "shop.example.com"},
                },
                "pools": [
                    {"name": "items", "flows": ["item"], "replicas": 2},
                    {"name": "actions", "flows": ["buy-actions", "sell-actions", "pawn-actions"], "autoscaling": {"min": 1, "max": 5}},
                ],
            },
        })
    }

    pub(crate) async fn apply_shop(&self, name: &str) -> PawnShop {
        self.apply(&Self::shop(name)).await
    }

    pub(crate) async fn apply(&self, shop: &Value) -> PawnShop {
        let as_tests = PatchParams::apply("tests").force();
        let name = shop["metadata"]["name"].as_str().unwrap();
        self.shops().patch(name, &as_tests, &Patch::Apply(shop)).await.unwrap()
    }

    pub(crate) fn shops(&self) -> Api<PawnShop> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes a Secret with these values.
    pub(crate) async fn secret(&self, name: &str, values: &Value) {
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values});
        let api = Api::<Secret>::namespaced(self.client.clone(), &self.namespace);
        api.patch(name, &PatchParams::apply("tests").force(), &Patch::Apply(secret)).await.unwrap();
    }

    /// Runs the operator for this namespace until it has made the shop's objects.
    pub(crate) async fn operate(&self, shop: &str) -> Process {
        self.secret("rabbit", &json!({"uri": "amqp://rabbit.invalid/"})).await;
        self.secret("mongo", &json!({"uri": "mongodb://mongo.invalid"})).await;
        self.apply_shop(shop).await;
        self.operator(shop, &[]).await
    }

    /// The same for a shop that is there already, with further arguments.
    pub(crate) async fn operator(&self, shop: &str, more: &[&str]) -> Process {
        let launch = Launch {
            name: "operator".to_owned(),
            program: example("operator_under_test"),
            arguments: [
                format!("--namespace={}", self.namespace),
                format!("--watch-namespace={}", self.namespace),
                "--operations-listen=127.0.0.1:0".to_owned(),
                // It is alone, and the machine may be too busy for the default times.
                "--lease-duration=10min".to_owned(),
                "--lease-renew-deadline=9min".to_owned(),
            ]
            .into_iter()
            .chain(more.iter().map(|argument| (*argument).to_owned()))
            .map(Into::into)
            .collect(),
            environment: vec![("KUBECONFIG".to_owned(), self.cluster.kubeconfig().into())],
            log: self.folder.path().join("operator.log"),
            scratch: None,
        };
        let mut operator = Process::start(launch).unwrap();
        eventually("the operator has made the shop's objects", async || {
            operator.check().unwrap();
            let status = self.shops().get(shop).await.unwrap().status.unwrap_or_default();
            status.conditions.iter().any(|told| told.type_ == "Progressing" && told.reason == "RollingOut")
        })
        .await;
        operator
    }

    pub(crate) fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &kind.resource())
    }
}

async fn install_crd(client: &Client, level: Level) {
    static INSTALLED: [OnceCell<()>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let install = async || {
        let api = Api::all(client.clone());
        let crd = crd();
        let name = crd.name_any();
        api.patch(&name, &PatchParams::apply("tests").force(), &Patch::Apply(&crd)).await.unwrap();
        let established = await_condition(api, &name, conditions::is_crd_established());
        tokio::time::timeout(PATIENCE, established).await.unwrap().unwrap();
    };
    INSTALLED[usize::from(level == Level::Node)].get_or_init(install).await;
}
