//! What a contestant is watched in: a control plane and a broker of its own.

use crate::broker::Broker;
use crate::contestant::{Care, Contestant};
use crate::options::Options;
use anyhow::Result;
use kube::Client;
use pawnshop_cluster::{Cluster, Level};
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct World {
    pub(crate) contestant: Contestant,
    pub(crate) client: Client,
    pub(crate) broker: Arc<Broker>,
    /// How long an outage lasts.
    pub(crate) outage: Duration,
    /// Pools whose brokers hang, beside a healthy one.
    pub(crate) neighbours: usize,
    /// How long fewer workers must have done before any is removed, and a pool idle before it sleeps, in seconds.
    pub(crate) scale_in: u64,
    // Who scales goes before what it works on.
    _care: Care,
    pub(crate) cluster: Cluster,
}

impl World {
    pub(crate) async fn new(options: &Options, contestant: Contestant) -> Result<Self> {
        Cluster::available(Level::ControlPlane).map_err(anyhow::Error::msg)?;
        let (cluster, broker) = tokio::try_join!(Cluster::start(Level::ControlPlane), Broker::start())?;
        let care = contestant.start(options, &cluster).await?;
        Ok(Self {
            contestant,
            client: cluster.client().await?,
            broker: Arc::new(broker),
            outage: options.outage(),
            neighbours: options.neighbours,
            scale_in: options.scale_in,
            _care: care,
            cluster,
        })
    }
}
