//! The way to the API server: one client whose writes pass a guard, and one for the lease alone.

mod guard;

use crate::leader::Leadership;
use guard::GuardLayer;
use kube::client::ClientBuilder;
use kube::{Client, Config};
use std::time::Duration;

/// How long the API server may take to accept a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// How long it may say nothing at all: longer than a watch that is idle.
const READ_DEADLINE: Duration = Duration::from_secs(crate::watches::WATCH_SECONDS as u64 + 10);

/// The clients of this process.
#[derive(Clone)]
pub struct Clients {
    /// For everything but the lease: reads pass, writes only while this process leads.
    pub guarded: Client,
    /// For the lease: what decides about the guard cannot stand behind it.
    pub unguarded: Client,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Neither a service account nor a kubeconfig was found.
    #[error("no way to the Kubernetes API is configured (a service account's token, or a kubeconfig): {0}")]
    InferConfig(#[from] kube::config::InferConfigError),
    /// What was found cannot be used.
    #[error("the way to the Kubernetes API cannot be used: {0}")]
    BuildClient(#[from] kube::Error),
}

impl Clients {
    /// Clients of the cluster that this process runs in, or that its kubeconfig names.
    ///
    /// # Errors
    /// When neither is there, or it is no good.
    pub async fn inferred(leadership: &Leadership) -> Result<Self, ClientError> {
        Self::of(Config::infer().await?, leadership)
    }

    /// Clients by this configuration.
    ///
    /// # Errors
    /// When it is no good.
    pub fn of(mut config: Config, leadership: &Leadership) -> Result<Self, ClientError> {
        config.connect_timeout = Some(CONNECT_DEADLINE);
        config.read_timeout = Some(READ_DEADLINE);
        let unguarded = Client::try_from(config.clone())?;
        let guarded = ClientBuilder::try_from(config)?.with_layer(&GuardLayer::new(leadership)).build();
        Ok(Self { guarded, unguarded })
    }
}

pub use guard::is_not_leading;
