//! What a shop's references point at: Secrets by name, and a RabbitmqCluster.
//!
//! Everything is read from the shop's own namespace (decision K10). Values of Secrets do not leave this step but in
//! [`ManagementAccess`] and as a keyed hash; neither errors nor `Debug` show one. What the resource does not give at
//! all is for [`crate::validate`] to tell.

mod amqp;
#[cfg(feature = "controller")]
mod client;
mod cluster;
mod error;
mod fingerprint;
mod management;
mod secrets;
#[cfg(test)]
mod tests;

pub use amqp::AmqpAccess;
#[cfg(feature = "controller")]
pub use client::ClusterReferences;
pub use error::{DereferenceError, ReadError};
pub use management::{BrokerTls, ManagementAccess};

use crate::build::env;
use crate::capabilities::Capabilities;
use async_trait::async_trait;
use k8s_openapi::api::core::v1::EnvVar;
use pawnshop_resource::{Broker, PawnShop, SecretValue};
use secrecy::SecretSlice;
use secrets::Secrets;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a Secret holds, by key.
pub type SecretData = BTreeMap<String, SecretSlice<u8>>;

/// Where references are looked up. `None`: there is no such object.
#[async_trait]
pub trait References: Sync {
    /// Reads one Secret by its name.
    async fn secret(&self, namespace: &str, name: &str) -> Result<Option<SecretData>, ReadError>;

    /// Reads one RabbitmqCluster by its name.
    async fn rabbitmq_cluster(&self, namespace: &str, name: &str) -> Result<Option<Value>, ReadError>;
}

/// What a shop's references point at.
#[derive(Clone, Debug)]
pub struct Dereferenced {
    /// How pods are told where the broker is.
    pub broker: BrokerEnv,
    /// What the pods read out of Secrets.
    pub hashes: SecretsHashes,
    /// How the operator reaches the broker's management API; `None` when the shop gives no way to it.
    pub management: Option<ManagementAccess>,
    /// How the operator reaches the queues themselves.
    pub amqp: Option<AmqpAccess>,
}

/// Hashes of what pods read at their start: one changes when such a value changes, and only then, so that a rotated
/// Secret rolls the pods that read it and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretsHashes {
    /// Of the broker's Secrets.
    pub dispatcher: String,
    /// Of the broker's and the store's.
    pub worker: String,
}

/// The variables that tell a program where the broker is. They name Secrets and hold none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerEnv {
    /// In the order in which they refer to each other.
    pub variables: Vec<EnvVar>,
}

/// The variable that both programs take the broker's URI from.
pub(crate) const BROKER_URI: &str = "BROKER_URI";

const AMQP: &[&str] = &["amqp", "amqps"];
const HTTP: &[&str] = &["http", "https"];
const MONGODB: &[&str] = &["mongodb", "mongodb+srv"];

/// Looks up all that `shop` refers to.
///
/// # Errors
/// Everything that is missing or no good.
pub async fn dereference(
    shop: &PawnShop,
    cluster: &Capabilities,
    references: &dyn References,
) -> Result<Dereferenced, Vec<DereferenceError>> {
    let namespace = shop.metadata.namespace.as_deref().unwrap_or("default");
    let uid = shop.metadata.uid.as_deref().unwrap_or_default();
    let mut secrets = Secrets::new(references, namespace, uid);

    let (mut broker, mut management) = (BrokerEnv::default(), None);
    let mut amqp = None;
    if let Some(given) = &shop.spec.broker {
        let tls = given.tls.clone().unwrap_or_default();
        let tls = BrokerTls {
            ca: secrets.for_pods(tls.ca.as_ref()).await,
            certificate: secrets.for_pods(tls.certificate.as_ref()).await,
            key: secrets.for_pods(tls.key.as_ref()).await,
        };
        match (&given.uri, &given.cluster_ref) {
            (Some(uri), _) => {
                broker = of_uri(uri);
                let uri = secrets.uri_for_pods(uri, AMQP).await;
                let api = match &given.management_uri {
                    Some(api) => secrets.uri(api, HTTP).await,
                    None => None,
                };
                amqp = uri.clone().map(|uri| AmqpAccess { uri, tls: tls.clone() });
                management = ManagementAccess::of_uris(uri, api, tls);
            }
            (None, Some(reference)) => {
                if let Some(found) = cluster::find(&reference.name, cluster, &mut secrets).await {
                    amqp = Some(AmqpAccess { uri: found.amqp(), tls: tls.clone() });
                    management = found.management(tls);
                    broker = found.variables();
                }
                if let Some(api) = &given.management_uri
                    && let Some(api) = secrets.uri(api, HTTP).await
                {
                    management = management.map(|found| found.at(api));
                }
            }
            (None, None) => {}
        }
    }
    let dispatcher = secrets.hash();
    if let Some(store) = &shop.spec.store {
        secrets.uri_for_pods(&store.uri, MONGODB).await;
        secrets.for_pods(store.ca.as_ref()).await;
    }
    let hashes = SecretsHashes { dispatcher, worker: secrets.hash() };
    secrets.finish()?;
    Ok(Dereferenced { broker, hashes, management, amqp })
}

impl Dereferenced {
    /// What would be found if all was there, without looking. `hash`: what stands for the hashes.
    pub fn assumed(broker: &Broker, hash: &str) -> Self {
        let broker = match (&broker.uri, &broker.cluster_ref) {
            (Some(uri), _) => of_uri(uri),
            (None, Some(reference)) => cluster::assumed(&reference.name),
            (None, None) => BrokerEnv::default(),
        };
        let hashes = SecretsHashes { dispatcher: hash.to_owned(), worker: hash.to_owned() };
        Self { broker, hashes, management: None, amqp: None }
    }
}

fn of_uri(uri: &SecretValue) -> BrokerEnv {
    BrokerEnv { variables: vec![env::from_secret(BROKER_URI, &uri.secret_key_ref)] }
}
