//! What the story is played on: a node of this machine, or a cluster that the environment names; its images; and the
//! broker and the store.

use crate::accounts::Accounts;
use crate::door::Way;
use crate::images::Images;
use crate::kube_api::Kube;
use crate::servers::Servers;
use kube::config::{KubeConfigOptions, Kubeconfig};
use pawnshop_charts::Place;
use pawnshop_cluster::{Cluster, Level};
use pawnshop_servers::{Mongo, Rabbit};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// Where the operator is installed.
pub(crate) const SYSTEM: &str = "pawnshop-e2e-system";
/// Where the shops are.
pub(crate) const SHOPS: &str = "pawnshop-e2e-shops";
/// The operator's release.
pub(crate) const RELEASE: &str = "pawnshop-operator";

/// Says that the story is to be told on the cluster of `KUBECONFIG`; `make e2e` sets it. The variable alone would let
/// `make test` loose on whatever cluster a developer has at hand.
const GIVEN: &str = "PAWNSHOP_E2E_CLUSTER";

pub(crate) struct Stage {
    pub(crate) kube: Kube,
    pub(crate) images: Images,
    pub(crate) servers: Servers,
    /// Who the shop is to the broker and the store.
    pub(crate) accounts: Accounts,
    pub(crate) way: Way,
    kubeconfig: PathBuf,
    kubectl: PathBuf,
    /// Whether the cluster outlives the story.
    lasts: bool,
}

impl Stage {
    /// `None`, noted with the reason, where it cannot be had.
    pub(crate) async fn set(test: &str) -> Option<Self> {
        let stage = match std::env::var_os(GIVEN).is_some_and(|given| !given.is_empty()) {
            true => Self::given().await,
            false => Self::own().await,
        };
        let stage = match stage {
            Ok(stage) => stage,
            Err(why) => {
                pawnshop_servers::skip(test, &why);
                return None;
            }
        };
        for namespace in [SYSTEM, SHOPS] {
            stage.kube.restricted_namespace(namespace).await;
        }
        Some(stage)
    }

    /// A node of this machine, with the images of this build, and servers of the story's own.
    async fn own() -> Result<Self, String> {
        Cluster::available(Level::Node)?;
        pawnshop_servers::helm()?;
        Rabbit::installed()?;
        Mongo::installed()?;
        let (cluster, broker, store) = tokio::join!(Cluster::node(), Rabbit::start(), Mongo::start());
        let cluster = cluster.unwrap();
        // Not meanwhile: servers have a deadline, and packing takes the processors that they need for it.
        let images = Images::of_this_build().await.load(cluster).await;
        let servers = Servers::own(cluster, broker.unwrap(), store.unwrap()).await;
        let kube = Kube::new(cluster.client().await.unwrap());
        let accounts = Accounts::fresh(&servers).await;
        let (kubeconfig, kubectl) = (cluster.kubeconfig(), cluster.program("kubectl"));
        Ok(Self { kube, images, servers, accounts, way: Way::Direct, kubeconfig, kubectl, lasts: false })
    }

    /// What the environment names.
    async fn given() -> Result<Self, String> {
        let kubeconfig = PathBuf::from(variable("KUBECONFIG")?);
        pawnshop_servers::helm()?;
        let image = variable("PAWNSHOP_E2E_IMAGE")?;
        let (repository, tag) =
            image.rsplit_once(':').ok_or("PAWNSHOP_E2E_IMAGE must name repository and tag")?;
        let images = Images {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
            next: variable("PAWNSHOP_E2E_NEXT_TAG")?,
            own_worker: variable("PAWNSHOP_E2E_OWN_WORKER_IMAGE")?,
            slow_worker: variable("PAWNSHOP_E2E_SLOW_WORKER_IMAGE").ok(),
            objects_service: variable("PAWNSHOP_E2E_OBJECTS_SERVICE_IMAGE").ok(),
        };
        let servers = Servers::given(
            variable("BROKER_URI")?,
            variable("BROKER_MANAGEMENT_URI")?,
            variable("STORE_URI")?,
        )
        .await;
        pawnshop_runtime::tls::install_provider();
        let read = Kubeconfig::read_from(&kubeconfig).map_err(|error| error.to_string())?;
        let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
        let client = kube::Client::try_from(config.map_err(|error| error.to_string())?);
        let kube = Kube::new(client.map_err(|error| error.to_string())?);
        let way = Way::ThroughTheApiServer(kube.client.clone());
        // What a story left that was not told to its end; its pods first, which would declare their queues again.
        kube.delete_namespaces(&[SHOPS, SYSTEM]).await;
        servers.forget_shops_of(SHOPS).await;
        let accounts = Accounts::fresh(&servers).await;
        let kubectl = PathBuf::from("kubectl");
        Ok(Self { kube, images, servers, accounts, way, kubeconfig, kubectl, lasts: true })
    }

    /// What leads to the cluster.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// kubectl, for this cluster.
    pub(crate) fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(&self.kubectl);
        kubectl.env("KUBECONFIG", &self.kubeconfig);
        kubectl
    }

    /// Where the operator's release is.
    pub(crate) fn place(&self) -> Place<'_> {
        Place { kubeconfig: &self.kubeconfig, namespace: SYSTEM, release: RELEASE }
    }

    /// How often HorizontalPodAutoscalers are looked at: on the story's own node as its controller is told
    /// (`tests/cluster/run/control-plane.sh`), elsewhere as Kubernetes does unless it is told otherwise.
    pub(crate) fn autoscaler_period(&self) -> Duration {
        Duration::from_secs(if self.lasts { 15 } else { 5 })
    }

    /// Takes everything away that would outlive the story.
    pub(crate) async fn strike(self) {
        if self.lasts {
            self.kube.delete_namespaces(&[SHOPS, SYSTEM]).await;
            self.kube.delete_resource_definition().await;
            self.accounts.remove(&self.servers).await;
            self.servers.forget_shops_of(SHOPS).await;
        }
    }
}

fn variable(name: &str) -> Result<String, String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or_else(|| format!("{name} is not set: tests/e2e/README.md tells what a cluster of yours needs"))
}
