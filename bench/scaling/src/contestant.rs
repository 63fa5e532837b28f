//! Who scales.

mod keda;
mod pawnshop;

use crate::options::Options;
use crate::pool::Wanted;
use anyhow::Result;
use clap::ValueEnum;
use pawnshop_cluster::{Cluster, Keda};
use pawnshop_servers::{Folder, Process};
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Who scales, and by what it knows the backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contestant {
    /// KEDA's RabbitMQ scaler over the management API: ready and unacknowledged messages.
    KedaHttp,
    /// The same over AMQP: ready messages alone.
    KedaAmqp,
    /// The operator.
    Pawnshop,
}

/// A contestant that runs; it ends with this value.
pub(crate) enum Care {
    Keda(#[allow(dead_code, reason = "held until it is dropped")] Keda),
    Operator(
        #[allow(dead_code, reason = "held until it is dropped")] Process,
        #[allow(dead_code, reason = "held until it is dropped")] Folder,
    ),
}

/// What a contestant must be told of a pool.
pub(crate) struct Placed<'a> {
    pub(crate) wanted: &'a Wanted,
    pub(crate) namespace: &'a str,
    pub(crate) queue: &'a str,
    /// How long fewer workers must have done before any is removed, in seconds.
    pub(crate) scale_in: u64,
}

impl Contestant {
    pub(crate) async fn start(self, options: &Options, cluster: &Cluster) -> Result<Care> {
        match self {
            Self::KedaHttp | Self::KedaAmqp => Ok(Care::Keda(Keda::start(cluster).await?)),
            Self::Pawnshop => pawnshop::start(&options.program()?, cluster).await,
        }
    }

    /// What puts a pool into its care.
    pub(crate) fn objects(self, pool: &Placed<'_>) -> Value {
        match self {
            Self::KedaHttp => keda::objects(pool, "http"),
            Self::KedaAmqp => keda::objects(pool, "amqp"),
            Self::Pawnshop => pawnshop::objects(pool),
        }
    }

    /// What the pool's Deployment is called.
    pub(crate) fn deployment(self) -> &'static str {
        match self {
            Self::KedaHttp | Self::KedaAmqp => keda::DEPLOYMENT,
            Self::Pawnshop => pawnshop::DEPLOYMENT,
        }
    }

    /// Whether it asks the broker's management API.
    pub(crate) fn asks_management(self) -> bool {
        self != Self::KedaAmqp
    }

    /// Whether it speaks AMQP with the broker.
    pub(crate) fn speaks_amqp(self) -> bool {
        self != Self::KedaHttp
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::KedaHttp => "KEDA, http",
            Self::KedaAmqp => "KEDA, amqp",
            Self::Pawnshop => "Pawnshop",
        })
    }
}
