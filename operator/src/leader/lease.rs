use async_trait::async_trait;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::PostParams;
use kube::{Api, Client};

/// Where the lease is kept.
#[async_trait]
pub trait LeaseApi: Send + Sync {
    /// The lease of this name, if there is one.
    async fn get(&self, name: &str) -> Result<Option<Lease>, LeaseError>;
    /// Makes the lease, unless there is one.
    async fn create(&self, lease: &Lease) -> Result<Lease, LeaseError>;
    /// Writes the lease, unless it has another version by now.
    async fn replace(&self, lease: &Lease) -> Result<Lease, LeaseError>;
}

/// Why a lease could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another wrote it first.
    #[error("another wrote the lease first")]
    Conflict,
    /// The API server does not answer, or refuses.
    #[error(transparent)]
    Request(#[from] kube::Error),
}

/// Leases of one namespace of a cluster.
pub struct KubeLeases(Api<Lease>);

impl KubeLeases {
    /// `client` must not be one whose writes depend on the lease.
    pub fn new(client: Client, namespace: &str) -> Self {
        Self(Api::namespaced(client, namespace))
    }
}

#[async_trait]
impl LeaseApi for KubeLeases {
    async fn get(&self, name: &str) -> Result<Option<Lease>, LeaseError> {
        Ok(self.0.get_opt(name).await?)
    }

    async fn create(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        self.0.create(&PostParams::default(), lease).await.map_err(judge)
    }

    async fn replace(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        let name = lease.metadata.name.as_deref().unwrap_or_default();
        self.0.replace(name, &PostParams::default(), lease).await.map_err(judge)
    }
}

fn judge(error: kube::Error) -> LeaseError {
    match error {
        kube::Error::Api(status) if status.is_conflict() || status.is_already_exists() => {
            LeaseError::Conflict
        }
        error => LeaseError::Request(error),
    }
}
