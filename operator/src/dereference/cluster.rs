//! A RabbitmqCluster (rabbitmq.com/v1beta1) and the user that its operator made: its status names the Secret and
//! the keys in it (`username`, `password`; `host` and `port` since version 1.9 of that operator).
//! <https://www.rabbitmq.com/kubernetes/operator/using-operator#find>

use super::secrets::Secrets;
use super::{BROKER_URI, BrokerEnv, BrokerTls, DereferenceError, ManagementAccess};
use crate::build::env;
use crate::capabilities::Capabilities;
use pawnshop_resource::{SecretKeyRef, SecretValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the Secret holds, by the names that the status has for its keys.
const PARTS: [&str; 4] = ["username", "password", "host", "port"];

const VIRTUAL_HOST: &str = "/";

/// The port where the management API is with TLS, and without.
const MANAGEMENT_PORTS: (u16, u16) = (15671, 15672);

/// The port where the cluster speaks AMQP over TLS.
const AMQPS_PORT: &str = "5671";

/// A cluster that is ready to be connected to.
pub(super) struct Cluster {
    username: (SecretKeyRef, SecretString),
    password: (SecretKeyRef, SecretString),
    host: (SecretKeyRef, SecretString),
    port: (SecretKeyRef, SecretString),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DefaultUser {
    secret_reference: SecretReference,
}

#[derive(Deserialize)]
struct SecretReference {
    name: String,
    namespace: String,
    #[serde(default)]
    keys: BTreeMap<String, String>,
}

/// The cluster of this name. Whatever is wrong with it is noted in `secrets`.
pub(super) async fn find(name: &str, served: &Capabilities, secrets: &mut Secrets<'_>) -> Option<Cluster> {
    let fault = match reference(name, served, secrets).await {
        Ok(reference) => return connection(name, &reference, secrets).await,
        Err(fault) => fault,
    };
    secrets.fault(fault);
    None
}

async fn reference(
    name: &str,
    served: &Capabilities,
    secrets: &Secrets<'_>,
) -> Result<SecretReference, DereferenceError> {
    let owned = name.to_owned();
    if !served.rabbitmq_cluster {
        return Err(DereferenceError::NoClusterKind { name: owned });
    }
    let read = secrets.references().rabbitmq_cluster(secrets.namespace(), name).await;
    let found = read.map_err(|source| DereferenceError::ReadCluster { name: owned.clone(), source })?;
    let cluster = found.ok_or(DereferenceError::MissingCluster { name: owned.clone() })?;
    let user = DefaultUser::deserialize(&cluster["status"]["defaultUser"]);
    match user {
        Ok(user) if user.secret_reference.namespace == secrets.namespace() => Ok(user.secret_reference),
        _ => Err(DereferenceError::ClusterNotReady { name: owned }),
    }
}

async fn connection(name: &str, secret: &SecretReference, secrets: &mut Secrets<'_>) -> Option<Cluster> {
    let [username, password, host, port] = PARTS;
    let username = value(secret, username, secrets).await;
    let password = value(secret, password, secrets).await;
    let host = value(secret, host, secrets).await;
    let port = value(secret, port, secrets).await;
    let cluster = Cluster { username: username?, password: password?, host: host?, port: port? };
    let parts = [&cluster.username, &cluster.password, &cluster.host, &cluster.port];
    if parts.iter().all(|(_, part)| fits_a_uri(part.expose_secret())) {
        return Some(cluster);
    }
    secrets.fault(DereferenceError::ClusterUser { name: name.to_owned(), secret: secret.name.clone() });
    None
}

async fn value(
    secret: &SecretReference,
    what: &str,
    secrets: &mut Secrets<'_>,
) -> Option<(SecretKeyRef, SecretString)> {
    let key = secret.keys.get(what).map_or(what, String::as_str);
    let reference = SecretKeyRef { name: secret.name.clone(), key: key.to_owned() };
    let value = SecretValue { secret_key_ref: reference.clone() };
    Some((reference, secrets.for_pods(Some(&value)).await?))
}

/// What a cluster of this name would give if it was there, without TLS and with the names that its operator chooses.
pub(super) fn assumed(name: &str) -> BrokerEnv {
    let key = |key: &str| SecretKeyRef { name: format!("{name}-default-user"), key: key.to_owned() };
    let [username, password, host, port] = PARTS.map(key);
    variables("amqp", [&username, &password, &host, &port])
}

fn variables(scheme: &str, keys: [&SecretKeyRef; 4]) -> BrokerEnv {
    let names = ["RABBITMQ_USERNAME", "RABBITMQ_PASSWORD", "RABBITMQ_HOST", "RABBITMQ_PORT"];
    let parts = names.iter().zip(keys);
    let mut variables: Vec<_> = parts.map(|(name, key)| env::from_secret(name, key)).collect();
    let [username, password, host, port] = names.map(|name| format!("$({name})"));
    // The default user's own virtual host is `/`.
    variables.push(env::composed(BROKER_URI, format!("{scheme}://{username}:{password}@{host}:{port}/%2f")));
    BrokerEnv { variables }
}

/// The kubelet puts the parts together as they are, without encoding them (RFC 3986, section 3.2.1).
fn fits_a_uri(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte))
}

impl Cluster {
    /// The kubelet builds the URI out of the Secret's keys, so that the operator stores it nowhere.
    pub(super) fn variables(&self) -> BrokerEnv {
        let scheme = if self.has_tls() { "amqps" } else { "amqp" };
        let keys = [&self.username.0, &self.password.0, &self.host.0, &self.port.0];
        variables(scheme, keys)
    }

    /// The URI that the kubelet builds as well.
    pub(super) fn amqp(&self) -> SecretString {
        let scheme = if self.has_tls() { "amqps" } else { "amqp" };
        let parts = [&self.username.1, &self.password.1, &self.host.1, &self.port.1];
        let [username, password, host, port] = parts.map(|part| part.expose_secret());
        format!("{scheme}://{username}:{password}@{host}:{port}/%2f").into()
    }

    pub(super) fn management(&self, tls: BrokerTls) -> Option<ManagementAccess> {
        let (scheme, port) = match self.has_tls() {
            true => ("https", MANAGEMENT_PORTS.0),
            false => ("http", MANAGEMENT_PORTS.1),
        };
        let (username, password) = (self.username.1.expose_secret(), self.password.1.expose_secret());
        let uri = format!("{scheme}://{username}:{password}@{}:{port}", self.host.1.expose_secret());
        Some(ManagementAccess { uri: uri.into(), vhost: VIRTUAL_HOST.to_owned(), tls })
    }

    fn has_tls(&self) -> bool {
        self.port.1.expose_secret() == AMQPS_PORT
    }
}
