//! The way to the API server: one client whose writes pass a guard, and one for the lease alone.

mod guard;

use crate::leader::Leadership;
use guard::GuardLayer;
use kube::client::ClientBuilder;
use kube::{Client, Config};
use std::time::Duration;

/// How long the API server may take to accept a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// How much longer than a watch, or than any other answer, a connection may say nothing at all: a watch that hangs is
/// noticed before that, 5 s after its end.
const SILENCE_MARGIN: Duration = Duration::from_secs(10);

/// The times of the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiTimes {
    /// How long the head of an answer may take.
    pub answer: Duration,
    /// How long one watch lasts, in whole seconds. One that hangs is noticed 5 s after its end, and begun anew.
    pub watch: Duration,
    /// How often it is asked which APIs it has.
    pub discovery: Duration,
}

impl ApiTimes {
    /// How long a connection may say nothing at all.
    fn silence(&self) -> Duration {
        self.watch.max(self.answer) + SILENCE_MARGIN
    }
}

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
    pub async fn inferred(leadership: &Leadership, times: &ApiTimes) -> Result<Self, ClientError> {
        Self::of(Config::infer().await?, leadership, times)
    }

    /// Clients by this configuration.
    ///
    /// # Errors
    /// When it is no good.
    pub fn of(mut config: Config, leadership: &Leadership, times: &ApiTimes) -> Result<Self, ClientError> {
        config.connect_timeout = Some(CONNECT_DEADLINE);
        config.read_timeout = Some(times.silence());
        let unguarded = Client::try_from(config.clone())?;
        let guard = GuardLayer::new(leadership, times.answer);
        let guarded = ClientBuilder::try_from(config)?.with_layer(&guard).build();
        Ok(Self { guarded, unguarded })
    }
}

pub use guard::is_not_leading;
