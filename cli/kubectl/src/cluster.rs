//! The cluster: how it is found, asked and paged through, and what is said where that fails.

mod ask;
mod config;
mod list;
mod shops;

pub(crate) use ask::{AskError, Right};
pub(crate) use config::{ConnectError, namespace};
pub(crate) use shops::FindError;

use crate::args::Global;
use kube::Client;
use std::time::Duration;

/// A cluster, and the place in it that is meant.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    /// What `--namespace` says, or else the context.
    pub(crate) namespace: String,
    /// How messages name it.
    name: String,
    deadline: Duration,
}

impl Cluster {
    /// The one that flags and kubeconfig name. Nothing is asked yet.
    pub(crate) async fn of(global: &Global) -> Result<Self, ConnectError> {
        config::cluster(global).await
    }
}
