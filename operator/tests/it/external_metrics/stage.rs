use crate::support::{PATIENCE, World};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use k8s_openapi::jiff::Timestamp;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use pawnshop_cluster::Cluster;
use pawnshop_operator::caches::Caches;
use pawnshop_operator::client::{ApiTimes, Clients};
use pawnshop_operator::external_metrics::{
    self, CertificateTimes, ExternalMetricsOptions, Registration, Served, ServiceName,
};
use pawnshop_operator::leader::{Candidate, KubeLeases, Leadership, Timing, campaign};
use pawnshop_operator::scaling::board::{Board, Measured, PoolKey};
use pawnshop_scaling::Backlog;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, OnceCell, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static ONE_AFTER_ANOTHER: Mutex<()> = Mutex::const_new(());

pub(crate) const API_SERVICE: &str = "v1beta1.external.metrics.k8s.io";
/// What the Service and the Secret are called.
pub(crate) const NAME: &str = "operator-metrics";

pub(crate) const DAYS: CertificateTimes = CertificateTimes {
    lifetime: Duration::from_secs(90 * 24 * 60 * 60),
    renewal: Duration::from_secs(30 * 24 * 60 * 60),
    settle: Duration::from_secs(600),
};

/// As long as that of an operator process whose test is about no lease.
const LEASE: Timing = Timing {
    lease: Duration::from_secs(600),
    renew_deadline: Duration::from_secs(540),
    retry: Duration::from_secs(2),
};

const TIMES: ApiTimes = ApiTimes {
    answer: Duration::from_secs(10),
    watch: Duration::from_secs(30),
    discovery: Duration::from_millis(200),
};

/// A namespace with a Service that leads to replicas, and nobody's APIService.
pub(crate) struct Stage {
    pub(crate) world: World,
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    pub(crate) async fn new(test: &str) -> Option<Self> {
        let alone = ONE_AFTER_ANOTHER.lock().await;
        let world = World::sharing(test, &CLUSTER).await?;
        let stage = Self { world, _alone: alone };
        let nobody = stage.api_services().delete(API_SERVICE, &DeleteParams::default()).await;
        assert!(nobody.is_ok() || matches!(nobody, Err(kube::Error::Api(status)) if status.is_not_found()));
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME},
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": 6443}]},
        });
        let services: Api<Service> = Api::namespaced(stage.client(), &stage.world.namespace);
        services.patch(NAME, &applied(), &Patch::Apply(service)).await.unwrap();
        stage.let_the_autoscaler_read().await;
        Some(stage)
    }

    pub(crate) fn client(&self) -> Client {
        self.world.client.clone()
    }

    pub(crate) fn api_services(&self) -> Api<APIService> {
        Api::all(self.client())
    }

    /// As the chart does.
    async fn let_the_autoscaler_read(&self) {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": NAME},
            "rules": [{
                "apiGroups": ["external.metrics.k8s.io"], "resources": ["pawnshop_backlog"], "verbs": ["get", "list"],
            }],
        });
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": NAME},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": "horizontal-pod-autoscaler", "namespace": "kube-system"}],
        });
        let roles = Api::<ClusterRole>::all(self.client());
        roles.patch(NAME, &applied(), &Patch::Apply(role)).await.unwrap();
        let bindings = Api::<ClusterRoleBinding>::all(self.client());
        bindings.patch(NAME, &applied(), &Patch::Apply(binding)).await.unwrap();
    }

    pub(crate) fn options(&self) -> ExternalMetricsOptions {
        ExternalMetricsOptions {
            enabled: true,
            listen: SocketAddr::from((self.world.cluster.host(), 0)),
            service: ServiceName { namespace: self.world.namespace.clone(), name: NAME.to_owned() },
            secret: NAME.to_owned(),
            owner: None,
            certificates: DAYS,
        }
    }

    /// A replica that runs for the lease; it serves what its board knows.
    pub(crate) async fn replica(&self, name: &str, options: ExternalMetricsOptions) -> Replica {
        let kubeconfig = Kubeconfig::read_from(self.world.account(name).await).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let (keeper, leadership) = Leadership::new();
        let clients = Clients::of(config, &leadership, &TIMES).unwrap();
        let candidate = Candidate {
            lease_namespace: self.world.namespace.clone(),
            lease_name: "operator".to_owned(),
            identity: name.to_owned(),
            timing: LEASE,
        };
        let leases = KubeLeases::new(clients.unguarded.clone(), &self.world.namespace);
        let stop = CancellationToken::new();
        let campaigning = tokio::spawn({
            let stop = stop.clone();
            async move {
                campaign(&leases, &candidate, keeper, &stop).await;
            }
        });
        let board = Arc::new(Board::default());
        let caches = Caches::awaiting(external_metrics::AWAITED);
        let shown = Arc::clone(&board);
        let served =
            external_metrics::serve(options, &clients, &leadership, &TIMES, shown, &caches, stop.clone());
        let served = served.await.unwrap();
        if let Some(address) = served.address {
            self.lead_to(name, address).await;
        }
        Replica { board, served, stop, campaigning: AbortOnDropHandle::new(campaigning) }
    }

    /// Lets the Service lead to a replica.
    pub(crate) async fn lead_to(&self, name: &str, address: SocketAddr) {
        let slice = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": NAME}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address.ip()], "conditions": {"ready": true}}],
            "ports": [{"name": "https", "port": address.port()}],
        });
        let slices: Api<EndpointSlice> = Api::namespaced(self.client(), &self.world.namespace);
        slices.patch(name, &applied(), &Patch::Apply(slice)).await.unwrap();
    }

    /// Lets the Service lead to a replica no more.
    pub(crate) async fn lead_away_from(&self, name: &str) {
        let slices: Api<EndpointSlice> = Api::namespaced(self.client(), &self.world.namespace);
        slices.delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// What the API server answers of a namespace's pools, as `kubectl get --raw`.
    pub(crate) async fn raw(&self, query: &str) -> Result<Value, String> {
        let path = format!(
            "/apis/external.metrics.k8s.io/v1beta1/namespaces/{}/pawnshop_backlog{query}",
            self.world.namespace
        );
        let done = self.world.cluster.kubectl().args(["get", "--raw", &path]).output().await.unwrap();
        match done.status.success() {
            true => Ok(serde_json::from_slice(&done.stdout).unwrap()),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    }
}

/// What a replica would run of the operator.
pub(crate) struct Replica {
    pub(crate) board: Arc<Board>,
    pub(crate) served: Served,
    stop: CancellationToken,
    campaigning: AbortOnDropHandle<()>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Replica {
    pub(crate) fn address(&self) -> SocketAddr {
        self.served.address.unwrap()
    }

    /// Ends it in good order, so that another may lead.
    pub(crate) async fn ends(mut self) {
        self.stop.cancel();
        (&mut self.campaigning).await.unwrap();
    }

    /// Waits until it tells this.
    pub(crate) async fn tells(&self, expected: impl Fn(&Registration) -> bool) -> Registration {
        let mut told: watch::Receiver<_> = self.served.registration.clone();
        match tokio::time::timeout(PATIENCE, told.wait_for(expected)).await {
            Ok(told) => told.unwrap().clone(),
            Err(_) => panic!("it tells {:?}", self.served.registration.borrow()),
        }
    }

    /// What was measured of the pool `items` of the shop `town`, so long ago.
    pub(crate) fn measured(&self, namespace: &str, value: Backlog, ago: Duration) {
        let pool =
            PoolKey { namespace: namespace.to_owned(), shop: "town".to_owned(), pool: "items".to_owned() };
        let measured = Measured {
            value,
            at: Timestamp::now(),
            seen: Instant::now().checked_sub(ago).unwrap(),
            backlog_per_worker: NonZeroU32::MIN,
            stays_awake: false,
        };
        self.board.put(pool, measured);
    }
}

pub(crate) fn applied() -> PatchParams {
    PatchParams::apply("tests").force()
}
