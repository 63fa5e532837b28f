//! The broker and the store, as their administrator uses them. Their addresses hold for the story and for pods alike.

use mongodb::bson::{Document, doc};
use pawnshop_cluster::{Cluster, Relay};
use pawnshop_servers::{Mongo, Rabbit};
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Servers {
    broker: Url,
    management: Url,
    store: Url,
    http: Client,
    mongo: mongodb::Client,
    _own: Option<Own>,
}

/// Servers that only this story has. Pods reach them, and nothing else of this machine, through the relays.
struct Own {
    _relays: [Relay; 3],
    _broker: Rabbit,
    _store: Mongo,
}

/// Who a shop is to both servers.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) password: String,
}

impl Servers {
    /// These, as pods of the cluster reach them.
    pub(crate) async fn own(cluster: &Cluster, broker: Rabbit, store: Mongo) -> Self {
        let (amqp, amqp_relay) = reached(cluster, broker.uri()).await;
        let (management, management_relay) = reached(cluster, broker.management_uri().unwrap()).await;
        let (mongo, mongo_relay) = reached(cluster, store.uri()).await;
        let own =
            Own { _relays: [amqp_relay, management_relay, mongo_relay], _broker: broker, _store: store };
        Self { _own: Some(own), ..Self::given(amqp, management, mongo).await }
    }

    pub(crate) async fn given(broker: String, management: String, store: String) -> Self {
        pawnshop_runtime::tls::install_provider();
        let url = |uri: String| uri.parse::<Url>().expect("a URI");
        Self {
            broker: url(broker),
            management: url(management),
            mongo: mongodb::Client::with_uri_str(&store).await.expect("a URI of MongoDB"),
            store: url(store),
            http: Client::builder().timeout(DEADLINE).build().unwrap(),
            _own: None,
        }
    }

    /// `amqp://` for this account.
    pub(crate) fn broker_uri(&self, account: &Account) -> String {
        uri(&self.broker, account)
    }

    /// `http://` for this account.
    pub(crate) fn management_uri(&self, account: &Account) -> String {
        uri(&self.management, account)
    }

    /// `mongodb://` for this account.
    pub(crate) fn store_uri(&self, account: &Account) -> String {
        uri(&self.store, account)
    }

    /// The broker's URI for its administrator.
    pub(crate) fn administrators_broker_uri(&self) -> &str {
        self.broker.as_str()
    }

    /// Lets an account do what a shop does, and ask for figures.
    pub(crate) async fn admit(&self, Account { name, password }: &Account) {
        let user = json!({"password": password, "tags": "monitoring"});
        self.manage(Method::PUT, &["users", name], Some(user)).await;
        let everything = json!({"configure": ".*", "write": ".*", "read": ".*"});
        self.manage(Method::PUT, &["permissions", &self.vhost(), name], Some(everything)).await;
        let roles = vec![doc! {"role": "readWriteAnyDatabase", "db": "admin"}];
        self.command(doc! {"createUser": name, "pwd": password, "roles": roles}).await;
    }

    /// Lets it do nothing any more; RabbitMQ closes its connections.
    pub(crate) async fn expel(&self, account: &Account) {
        self.manage(Method::DELETE, &["users", &account.name], None).await;
        self.command(doc! {"dropUser": &account.name}).await;
    }

    /// The names of the queues of a namespace's shops.
    pub(crate) async fn queues_of(&self, namespace: &str) -> Vec<String> {
        let queues = self.manage(Method::GET, &["queues", &self.vhost()], None).await;
        let names = queues.as_array().unwrap().iter().map(|queue| queue["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.starts_with(&format!("{namespace}."))).collect()
    }

    /// How many documents of a shop's collection match.
    pub(crate) async fn count(&self, shop: &str, collection: &str, filter: Document) -> u64 {
        let collection = self.mongo.database(shop).collection::<Document>(collection);
        let counted = tokio::time::timeout(DEADLINE, collection.count_documents(filter)).await;
        counted.expect("an answer of the store").unwrap()
    }

    /// One document of a shop's collection.
    pub(crate) async fn document(&self, shop: &str, collection: &str, id: &str) -> Option<Document> {
        let collection = self.mongo.database(shop).collection::<Document>(collection);
        let found = tokio::time::timeout(DEADLINE, collection.find_one(doc! {"_id": id})).await;
        found.expect("an answer of the store").unwrap()
    }

    /// Deletes what the shops of a namespace left.
    pub(crate) async fn forget_shops_of(&self, namespace: &str) {
        for queue in self.queues_of(namespace).await {
            self.manage(Method::DELETE, &["queues", &self.vhost(), &queue], None).await;
        }
        for database in self.mongo.list_database_names().await.unwrap() {
            if database.starts_with(&format!("{namespace}-")) {
                self.mongo.database(&database).drop().await.unwrap();
            }
        }
    }

    fn vhost(&self) -> String {
        match self.broker.path() {
            "" | "/" => "/".to_owned(),
            path => path.trim_start_matches('/').replace("%2f", "/").replace("%2F", "/"),
        }
    }

    async fn manage(&self, method: Method, path: &[&str], body: Option<Value>) -> Value {
        let mut url = self.management.clone();
        url.path_segments_mut().unwrap().pop_if_empty().push("api").extend(path);
        let (user, password) = (url.username().to_owned(), url.password().unwrap_or_default().to_owned());
        url.set_username("").unwrap();
        url.set_password(None).unwrap();
        let request = self.http.request(method.clone(), url).basic_auth(user, Some(password));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        let done = status.is_success() || (method == Method::DELETE && status == StatusCode::NOT_FOUND);
        assert!(done, "the broker answers {method} {path:?} with {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn command(&self, command: Document) {
        let admin = self.mongo.database("admin");
        let done = tokio::time::timeout(DEADLINE, admin.run_command(command)).await;
        done.expect("an answer of the store").unwrap();
    }
}

fn uri(of: &Url, Account { name, password }: &Account) -> String {
    let mut uri = of.clone();
    uri.set_username(name).unwrap();
    uri.set_password(Some(password)).unwrap();
    if uri.scheme() == "mongodb" {
        // Who it is, is kept beside who the administrator is.
        uri.query_pairs_mut().append_pair("authSource", "admin");
    }
    uri.into()
}

/// A server's URI with an address under which pods reach it, and this machine as well.
async fn reached(cluster: &Cluster, uri: &str) -> (String, Relay) {
    let mut url: Url = uri.parse().unwrap();
    let server: SocketAddr = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
    let relay = cluster.relay(server).await.unwrap();
    url.set_ip_host(relay.address().ip()).unwrap();
    url.set_port(Some(relay.address().port())).unwrap();
    (url.into(), relay)
}
