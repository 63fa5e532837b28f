use super::{DereferenceError, Dereferenced, ReadError, References, SecretData, dereference};
use crate::capabilities::Capabilities;
use async_trait::async_trait;
use pawnshop_resource::PawnShop;
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// A namespace with Secrets and RabbitmqClusters.
#[derive(Default)]
struct World {
    secrets: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    clusters: BTreeMap<String, Value>,
    forbidden: Vec<String>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl References for World {
    async fn secret(&self, namespace: &str, name: &str) -> Result<Option<SecretData>, ReadError> {
        assert_eq!(namespace, "shops");
        self.asked.lock().unwrap().push(name.to_owned());
        if self.forbidden.iter().any(|forbidden| forbidden == name) {
            return Err(ReadError::Refused {
                reason: "Forbidden".to_owned(),
                message: "not yours".to_owned(),
            });
        }
        let keys = self.secrets.get(name).cloned();
        let hidden = |(key, value)| (key, SecretSlice::from(value));
        Ok(keys.map(|keys| keys.into_iter().map(hidden).collect()))
    }

    async fn rabbitmq_cluster(&self, namespace: &str, name: &str) -> Result<Option<Value>, ReadError> {
        assert_eq!(namespace, "shops");
        Ok(self.clusters.get(name).cloned())
    }
}

impl World {
    fn with(mut self, secret: &str, key: &str, value: &str) -> Self {
        self.put(secret, key, value);
        self
    }

    fn put(&mut self, secret: &str, key: &str, value: &str) {
        let keys = self.secrets.entry(secret.to_owned()).or_default();
        keys.insert(key.to_owned(), value.as_bytes().to_vec());
    }

    async fn find(&self, shop: &PawnShop) -> Result<Dereferenced, Vec<DereferenceError>> {
        let cluster = Capabilities { rabbitmq_cluster: true, ..Capabilities::default() };
        dereference(shop, &cluster, self).await
    }

    async fn reasons(&self, shop: &PawnShop) -> Vec<(&'static str, String)> {
        let faults = self.find(shop).await.map(|_| ()).unwrap_err();
        faults.iter().map(|fault| (fault.reason(), fault.to_string())).collect()
    }

    /// With everything that [`by_uri`] refers to.
    fn complete() -> Self {
        Self::default()
            .with("rabbit", "uri", "amqps://ada:pass-word@rabbit:5671/shop")
            .with("rabbit", "management", "https://ada:pass-word@rabbit:15671")
            .with("rabbit", "unused", "1")
            .with("authorities", "ca", "-----BEGIN CERTIFICATE-----")
            .with("mongo", "uri", "mongodb://ada:pass-word@mongo/")
    }

    /// With everything that [`by_cluster`] refers to. `port`: where it speaks AMQP.
    fn with_cluster(password: &str, port: &str) -> Self {
        let mut world = Self::complete();
        world.put("rabbit-default-user", "username", "default_user_x");
        world.put("rabbit-default-user", "password", password);
        world.put("rabbit-default-user", "host", "rabbit.shops.svc");
        world.put("rabbit-default-user", "port", port);
        let keys = json!({"username": "username", "password": "password"});
        let secret = json!({"name": "rabbit-default-user", "namespace": "shops", "keys": keys});
        let status = json!({"status": {"defaultUser": {"secretReference": secret}}});
        world.clusters.insert("rabbit".to_owned(), status);
        world
    }
}

fn secret(name: &str, key: &str) -> Value {
    json!({"secretKeyRef": {"name": name, "key": key}})
}

fn shop(uid: &str, spec: Value) -> PawnShop {
    let metadata = json!({"name": "downtown", "namespace": "shops", "uid": uid});
    serde_json::from_value(json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": metadata, "spec": spec,
    }))
    .unwrap()
}

fn by_uri() -> PawnShop {
    let broker = json!({
        "uri": secret("rabbit", "uri"),
        "managementUri": secret("rabbit", "management"),
        "tls": {"ca": secret("authorities", "ca")},
    });
    shop("uid-1", json!({"broker": broker, "store": {"uri": secret("mongo", "uri")}}))
}

fn by_cluster() -> PawnShop {
    let broker = json!({"clusterRef": {"name": "rabbit"}});
    shop("uid-1", json!({"broker": broker, "store": {"uri": secret("mongo", "uri")}}))
}

#[tokio::test]
async fn all_that_is_there_is_found_and_no_value_is_shown() {
    let found = World::complete().find(&by_uri()).await.unwrap();
    let management = found.management.clone().unwrap();
    assert_eq!(management.vhost, "shop");
    assert_eq!(management.uri.expose_secret(), "https://ada:pass-word@rabbit:15671");
    assert!(management.tls.ca.is_some());
    assert_eq!(found.broker.variables.len(), 1);
    assert!(!format!("{found:?}").contains("pass-word"), "{found:?}");
    assert_eq!((found.hashes.dispatcher.len(), found.hashes.worker.len()), (32, 32));
}

#[tokio::test]
async fn the_operator_has_the_client_certificate_that_the_pods_have() {
    let mut shop = by_uri();
    let tls = json!({"certificate": secret("client", "tls.crt"), "key": secret("client", "tls.key")});
    shop.spec.broker.as_mut().unwrap().tls = serde_json::from_value(tls).unwrap();
    let world =
        || World::complete().with("client", "tls.crt", "certificate").with("client", "tls.key", "key");
    let found = world().find(&shop).await.unwrap();
    assert_eq!(found.management.as_ref().unwrap().tls.exposed(), ["", "certificate", "key"]);
    assert!(!format!("{found:?}").contains("\"key\""), "{found:?}");
    let renewed = world().with("client", "tls.crt", "renewed").find(&shop).await.unwrap();
    assert_ne!(renewed.management, found.management, "asked anew");
    assert_ne!(renewed.hashes.dispatcher, found.hashes.dispatcher, "and its pods start anew");
}

#[tokio::test]
async fn each_secret_is_read_once_by_its_name() {
    let world = World::complete();
    world.find(&by_uri()).await.unwrap();
    let mut asked = world.asked.lock().unwrap().clone();
    asked.sort();
    assert_eq!(asked, ["authorities", "mongo", "rabbit"]);
}

#[tokio::test]
async fn the_hash_changes_with_what_pods_read_and_with_nothing_else() {
    let hashes = async |world: World| world.find(&by_uri()).await.unwrap().hashes;
    let before = hashes(World::complete()).await;
    assert_eq!(hashes(World::complete()).await, before);
    assert_eq!(hashes(World::complete().with("rabbit", "unused", "2")).await, before);
    let other_management = World::complete().with("rabbit", "management", "https://eve:x@rabbit:15671");
    assert_eq!(hashes(other_management).await, before, "only the operator reads it");
    for (secret, key, value, is_for_dispatchers) in [
        ("rabbit", "uri", "amqps://ada:other@rabbit:5671/shop", true),
        ("authorities", "ca", "other", true),
        ("mongo", "uri", "mongodb://ada:other@mongo/", false),
    ] {
        let after = hashes(World::complete().with(secret, key, value)).await;
        assert_ne!(after.worker, before.worker, "{secret}/{key}");
        assert_eq!(after.dispatcher != before.dispatcher, is_for_dispatchers, "{secret}/{key}");
    }
}

#[tokio::test]
async fn equal_secrets_of_two_shops_have_different_hashes() {
    let mut twin = by_uri();
    twin.metadata.uid = Some("uid-2".to_owned());
    let world = World::complete();
    let hashes = (world.find(&by_uri()).await.unwrap(), world.find(&twin).await.unwrap());
    assert_ne!(hashes.0.hashes.dispatcher, hashes.1.hashes.dispatcher);
    assert_eq!(hashes.0.management, hashes.1.management, "their polls are shared");
}

#[tokio::test]
async fn everything_that_is_missing_is_told_at_once() {
    let mut world = World::complete();
    world.secrets.remove("authorities");
    world.secrets.get_mut("rabbit").unwrap().remove("management");
    world.put("mongo", "uri", " \n");
    assert_eq!(
        world.reasons(&by_uri()).await,
        [
            (
                "SecretNotFound",
                "the Secret authorities does not exist; create it in the shop's namespace".to_owned()
            ),
            (
                "SecretKeyNotFound",
                "the Secret rabbit has no key management; add it, or name another in the shop".to_owned()
            ),
            ("SecretKeyNotFound", "the Secret mongo holds nothing under uri; put the value there".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_value_of_the_wrong_sort_is_told_without_showing_it() {
    let mut world = World::complete().with("rabbit", "uri", "http://ada:pass-word@rabbit");
    world.secrets.get_mut("mongo").unwrap().insert("uri".to_owned(), vec![0xff, 0xfe]);
    let told = world.reasons(&by_uri()).await;
    assert_eq!(
        told[0],
        (
            "SecretValueInvalid",
            "the Secret rabbit must hold a URI under uri that begins with amqp:// or amqps://".to_owned()
        )
    );
    assert_eq!(told[1].0, "SecretValueInvalid");
    assert!(!format!("{told:?}").contains("pass-word"));
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_not_told_as_missing() {
    let mut world = World::complete();
    world.forbidden.push("rabbit".to_owned());
    let faults = world.find(&by_uri()).await.map(|_| ()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].is_read_failure());
    assert_eq!(
        faults[0].to_string(),
        "the Secret rabbit cannot be read: the API server says Forbidden: not yours"
    );
}

#[tokio::test]
async fn a_rabbitmq_cluster_gives_its_default_users_uri_and_its_management_api() {
    let found = World::with_cluster("pass-word", "5672").find(&by_cluster()).await.unwrap();
    let uri = found.broker.variables.last().unwrap().value.clone().unwrap();
    assert_eq!(uri, "amqp://$(RABBITMQ_USERNAME):$(RABBITMQ_PASSWORD)@$(RABBITMQ_HOST):$(RABBITMQ_PORT)/%2f");
    let management = found.management.unwrap();
    assert_eq!(management.uri.expose_secret(), "http://default_user_x:pass-word@rabbit.shops.svc:15672");
    assert_eq!(management.vhost, "/");

    let with_tls = World::with_cluster("pass-word", "5671").find(&by_cluster()).await.unwrap();
    assert!(with_tls.broker.variables.last().unwrap().value.clone().unwrap().starts_with("amqps://"));
    assert!(with_tls.management.unwrap().uri.expose_secret().starts_with("https://"));
}

#[tokio::test]
async fn a_rabbitmq_cluster_whose_password_changes_starts_pods_anew() {
    let hash = async |password| {
        World::with_cluster(password, "5672").find(&by_cluster()).await.unwrap().hashes.dispatcher
    };
    assert_ne!(hash("one").await, hash("two").await);
}

#[tokio::test]
async fn what_is_wrong_with_a_rabbitmq_cluster_is_told() {
    let reason = async |world: World| world.reasons(&by_cluster()).await[0].0;
    assert_eq!(reason(World::complete()).await, "RabbitmqClusterNotFound");
    let mut starting = World::complete();
    starting.clusters.insert("rabbit".to_owned(), json!({"status": {"conditions": []}}));
    assert_eq!(reason(starting).await, "RabbitmqClusterNotReady");
    assert_eq!(reason(World::with_cluster("p@ss/word", "5672")).await, "RabbitmqClusterUserInvalid");

    let faults = dereference(&by_cluster(), &Capabilities::default(), &World::complete()).await.unwrap_err();
    assert_eq!(faults[0].reason(), "RabbitmqClusterKindNotFound");
}

#[tokio::test]
async fn a_rabbitmq_cluster_cannot_point_into_another_namespace() {
    let mut world = World::with_cluster("pass-word", "5672");
    world.clusters.get_mut("rabbit").unwrap()["status"]["defaultUser"]["secretReference"]["namespace"] =
        json!("elsewhere");
    assert_eq!(world.reasons(&by_cluster()).await[0].0, "RabbitmqClusterNotReady");
}

#[tokio::test]
async fn what_the_shop_does_not_give_is_no_fault_of_a_reference() {
    let found = World::default().find(&shop("uid", json!({}))).await.unwrap();
    assert_eq!(found.broker, super::BrokerEnv::default());
    assert_eq!(found.management, None);
}
