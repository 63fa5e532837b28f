use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Client, ResourceExt};
use pawnshop_cluster::{Audited, Cluster, Level, Write};
use pawnshop_operator::kind::Kind;
use pawnshop_resource::{PawnShop, crd};
use pawnshop_servers::{Folder, Launch, Process};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// The lease of an operator whose test is about no lease: the machine may be too busy for the times of a release. One
/// that stops hands over all the same; where one is killed, a test ends the lease.
const KEPT: [&str; 2] = ["--lease-duration=10min", "--lease-renew-deadline=9min"];

/// Waits until a condition holds; fails when it does not in time.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The cluster of a test.
pub(crate) enum Held {
    Shared(&'static Cluster),
    Own(Box<Cluster>),
}

impl Deref for Held {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        match self {
            Self::Shared(cluster) => cluster,
            Self::Own(cluster) => cluster,
        }
    }
}

/// A namespace of a real cluster, with a shop that can be reconciled, and an operator for it alone.
pub(crate) struct World {
    pub(crate) cluster: Held,
    pub(crate) namespace: String,
    pub(crate) client: Client,
    kubeconfig: PathBuf,
    folder: Folder,
}

impl World {
    /// `None`, and noted, where there can be no cluster.
    pub(crate) async fn new(test: &str) -> Option<Self> {
        if let Err(why) = Cluster::available(Level::ControlPlane) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        static INSTALLED: OnceCell<()> = OnceCell::const_new();
        let cluster = Cluster::control_plane().await.unwrap();
        INSTALLED.get_or_init(|| install(cluster)).await;
        Some(Self::on(Held::Shared(cluster)).await)
    }

    /// The same on a cluster that only those tests share which name this cell.
    pub(crate) async fn sharing(test: &str, cell: &'static OnceCell<Cluster>) -> Option<Self> {
        if let Err(why) = Cluster::available(Level::ControlPlane) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        let start = async || {
            let cluster = Cluster::start(Level::ControlPlane).await.unwrap();
            install(&cluster).await;
            cluster
        };
        Some(Self::on(Held::Shared(cell.get_or_init(start).await)).await)
    }

    /// The same on a cluster that no other test has: for what they would all feel.
    pub(crate) async fn alone(test: &str) -> Option<Self> {
        if let Err(why) = Cluster::available(Level::ControlPlane) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        let cluster = Cluster::start(Level::ControlPlane).await.unwrap();
        install(&cluster).await;
        Some(Self::on(Held::Own(Box::new(cluster))).await)
    }

    async fn on(cluster: Held) -> Self {
        let client = cluster.client().await.unwrap();
        let namespace = cluster.namespace("shops").await.unwrap();
        let world = Self {
            kubeconfig: account(&cluster, &client, &namespace, "operator").await,
            folder: Folder::temporary("operator").unwrap(),
            cluster,
            namespace,
            client,
        };
        world.secret("rabbit", "amqp://user:first@rabbit.invalid/").await;
        world.secret("mongo", "mongodb://mongo.invalid").await;
        world
    }

    /// Makes or changes a Secret with a URI.
    pub(crate) async fn secret(&self, name: &str, uri: &str) {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"uri": uri}});
        let api = Api::<Secret>::namespaced(self.client.clone(), &self.namespace);
        api.patch(name, &PatchParams::apply("tests").force(), &Patch::Apply(secret)).await.unwrap();
    }

    /// An operator of this namespace; `name` tells replicas apart. It runs once this returns, but may not lead yet.
    pub(crate) async fn operator(&self, name: &str) -> Operator {
        self.operator_with(name, &[], &self.kubeconfig).await
    }

    /// The same with further arguments and somebody's kubeconfig.
    pub(crate) async fn operator_with(&self, name: &str, more: &[&str], kubeconfig: &Path) -> Operator {
        let mut operator = self.start_with(name, more, kubeconfig);
        operator.becomes_ready().await;
        operator
    }

    /// One with further arguments.
    pub(crate) async fn operator_that(&self, name: &str, more: &[&str]) -> Operator {
        self.operator_with(name, more, &self.kubeconfig).await
    }

    /// The same, as soon as there is a process.
    pub(crate) fn start(&self, name: &str) -> Operator {
        self.start_with(name, &[], &self.kubeconfig)
    }

    fn start_with(&self, name: &str, more: &[&str], kubeconfig: &Path) -> Operator {
        pawnshop_runtime::tls::install_provider();
        let lease: &[&str] = match more.iter().any(|argument| argument.starts_with("--lease-duration=")) {
            true => &[],
            false => &KEPT,
        };
        let launch = Launch {
            name: format!("operator {name}"),
            program: env!("CARGO_BIN_EXE_pawnshop-operator").into(),
            arguments: [
                format!("--namespace={}", self.namespace),
                format!("--watch-namespace={}", self.namespace),
                format!("--pod-name={name}"),
                "--operations-listen=127.0.0.1:0".to_owned(),
                "--secrets-interval=2s".to_owned(),
            ]
            .iter()
            .map(String::as_str)
            .chain(lease.iter().chain(more).copied())
            .map(Into::into)
            .collect(),
            environment: vec![("KUBECONFIG".to_owned(), kubeconfig.into())],
            log: self.folder.path().join(format!("{name}.log")),
            scratch: None,
        };
        Operator(Process::start(launch).unwrap())
    }

    /// The kubeconfig of an operator's account of its own, which tells its writes from others'.
    pub(crate) async fn account(&self, name: &str) -> PathBuf {
        account(&self.cluster, &self.client, &self.namespace, name).await
    }

    pub(crate) fn shops(&self) -> Api<PawnShop> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(crate) fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &kind.resource())
    }

    /// Applies a shop of this spec, beside what each needs.
    pub(crate) async fn apply_shop(&self, name: &str, spec: &Value) -> PawnShop {
        let mut spec = spec.clone();
        if spec["broker"].is_null() {
            spec["broker"] = json!({"uri": {"secretKeyRef": {"name": "rabbit", "key": "uri"}}});
        }
        spec["store"] = json!({"uri": {"secretKeyRef": {"name": "mongo", "key": "uri"}}});
        let shop = json!({
            "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": name}, "spec": spec,
        });
        self.shops().patch(name, &PatchParams::apply("tests").force(), &Patch::Apply(shop)).await.unwrap()
    }

    /// Waits until the operator has told about the shop as it is now, with this condition at this reason.
    pub(crate) async fn told(&self, name: &str, condition: &str, reason: &str) -> PawnShop {
        let mut last = None;
        let found = async {
            loop {
                let shop = self.shops().get(name).await.unwrap();
                let status = shop.status.clone().unwrap_or_default();
                let is_told = status.observed_generation == shop.metadata.generation
                    && status.conditions.iter().any(|told| told.type_ == condition && told.reason == reason);
                if is_told {
                    return shop;
                }
                last = Some(status);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(shop) => shop,
            Err(_) => panic!("{name} is not told as {condition} {reason}: {last:#?}"),
        }
    }

    /// The objects of ours, as `Kind name`.
    pub(crate) async fn objects(&self) -> Vec<String> {
        let ours = ListParams::default().labels("app.kubernetes.io/managed-by=pawnshop-operator");
        let mut objects = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_served(&Default::default())) {
            let listed = self.api(kind).list_metadata(&ours).await.unwrap();
            objects.extend(listed.into_iter().map(|object| format!("{kind} {}", object.name_any())));
        }
        objects
    }

    /// What an account of this namespace is called in the audit log.
    pub(crate) fn user(&self, account: &str) -> String {
        format!("system:serviceaccount:{}:{account}", self.namespace)
    }

    /// What the operator wrote so far, the lease aside.
    pub(crate) fn writes(&self) -> Vec<String> {
        let its = self.changes_of("operator").into_iter();
        its.map(|write| format!("{} {} {}", write.verb, write.resource, write.name)).collect()
    }

    /// What the operator of this account wrote so far, the lease aside.
    pub(crate) fn changes_of(&self, account: &str) -> Vec<Write> {
        let user = self.user(account);
        let writes = self.cluster.writes().unwrap().into_iter();
        writes.filter(|write| write.user == user && write.resource != "leases").collect()
    }

    /// What the operator has written since then, the lease included.
    pub(crate) fn writes_since(&self, audited: Audited) -> Vec<Write> {
        let user = self.user("operator");
        let writes = self.cluster.writes_since(audited).unwrap().into_iter();
        writes.filter(|write| write.user == user).collect()
    }

    /// Waits until the operator has written nothing for a while.
    pub(crate) async fn quiet(&self) {
        self.is_quiet("operator").await;
    }

    /// Waits until the operator of this account has written nothing for a while, the lease aside.
    pub(crate) async fn is_quiet(&self, account: &str) {
        let (mut last, mut since) = (usize::MAX, Instant::now());
        eventually("the operator writes nothing more", async || {
            let now = self.changes_of(account).len();
            if now != last {
                (last, since) = (now, Instant::now());
            }
            since.elapsed() > Duration::from_secs(3)
        })
        .await;
    }

    /// As if the lease's time were over.
    pub(crate) async fn end_lease(&self) {
        let leases = Api::<Lease>::namespaced(self.client.clone(), &self.namespace);
        let gone = leases.delete("pawnshop-operator", &DeleteParams::default()).await;
        assert!(gone.is_ok() || matches!(gone, Err(kube::Error::Api(status)) if status.is_not_found()));
    }
}

/// An operator process.
pub(crate) struct Operator(pub(crate) Process);

impl Operator {
    /// Where its operations listener is.
    pub(crate) async fn uri(&mut self) -> String {
        let mut uri = None;
        eventually("the operator says where it listens", async || {
            self.0.check().unwrap();
            let output = self.0.output();
            uri = output.lines().find_map(|line| line.strip_prefix("operations ").map(str::to_owned));
            uri.is_some()
        })
        .await;
        uri.unwrap()
    }

    pub(crate) async fn becomes_ready(&mut self) {
        let uri = self.uri().await;
        eventually("the operator is ready", async || {
            self.0.check().unwrap();
            reqwest::get(format!("{uri}/readyz")).await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// The sum of a metric over its labels.
    pub(crate) async fn metric(&mut self, name: &str) -> f64 {
        self.series(name).await.values().sum()
    }

    /// All of its metrics, as Prometheus reads them.
    pub(crate) async fn metrics(&mut self) -> String {
        let uri = self.uri().await;
        reqwest::get(format!("{uri}/metrics")).await.unwrap().text().await.unwrap()
    }

    /// The values of a metric by its labels.
    pub(crate) async fn series(&mut self, name: &str) -> BTreeMap<String, f64> {
        let text = self.metrics().await;
        let series = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name).filter(|rest| rest.starts_with(['{', ' ']))?;
            let (labels, value) = rest.rsplit_once(' ')?;
            Some((labels.to_owned(), value.parse().ok()?))
        });
        series.collect()
    }
}

async fn install(cluster: &Cluster) {
    install_crd(&cluster.client().await.unwrap(), &crd()).await;
}

/// Makes a kind known to a cluster.
pub(crate) async fn install_crd(client: &Client, crd: &CustomResourceDefinition) {
    let api = Api::all(client.clone());
    let name = crd.name_any();
    api.patch(&name, &PatchParams::apply("tests").force(), &Patch::Apply(crd)).await.unwrap();
    let established = await_condition(api, &name, conditions::is_crd_established());
    tokio::time::timeout(PATIENCE, established).await.unwrap().unwrap();
}

/// An account that may do everything and that tells the operator's writes from the test's.
async fn account(cluster: &Cluster, client: &Client, namespace: &str, name: &str) -> PathBuf {
    let account = ServiceAccount {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        ..ServiceAccount::default()
    };
    let accounts = Api::namespaced(client.clone(), namespace);
    accounts.create(&PostParams::default(), &account).await.unwrap();
    let binding: ClusterRoleBinding = serde_json::from_value(json!({
        "metadata": {"name": format!("{namespace}-{name}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }))
    .unwrap();
    Api::all(client.clone()).create(&PostParams::default(), &binding).await.unwrap();
    cluster.kubeconfig_of(namespace, name).await.unwrap()
}

/// A shop with an object of every kind that every cluster has.
pub(crate) fn full() -> Value {
    json!({
        "dispatcher": {
            "autoscaling": {"min": 2, "max": 4, "cpuPercent": 80},
            "ingress": {"host": "shop.example.com"},
        },
        "pools": [
            {"name": "items", "flows": ["item"], "replicas": 2},
            {"name": "actions", "flows": ["buy-actions", "sell-actions", "pawn-actions"], "autoscaling": {"min": 1, "max": 5}},
        ],
    })
}
