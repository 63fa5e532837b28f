use serde_json::Value;

/// The RabbitMQ server that tests run against.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) uri: String,
    pub(crate) management_uri: String,
}

impl Server {
    /// The one that all tests of this process share.
    pub(crate) async fn shared() -> Self {
        pawnshop_runtime::tls::install_provider();
        let rabbit = pawnshop_servers::Rabbit::shared().await.unwrap();
        let management_uri = rabbit.management_uri().expect("a server with its management API");
        Self { uri: rabbit.uri().to_owned(), management_uri: management_uri.to_owned() }
    }

    /// Notes a test that cannot run for want of a server.
    pub(crate) fn missing(test: &str) -> bool {
        let available = pawnshop_servers::Rabbit::available();
        if let Err(why) = &available {
            pawnshop_servers::skip(test, why);
        }
        available.is_err()
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        let rest = self.uri.split("://").last().unwrap();
        rest.rsplit('@').next().unwrap().split(['/', '?']).next().unwrap().to_owned()
    }

    /// Deletes the queues and exchanges of a shop.
    pub(crate) async fn delete(&self, shop: &str) {
        let http = reqwest::Client::new();
        for kind in ["queues", "exchanges"] {
            let list = format!("{}/api/{kind}/%2F?columns=name", self.management_uri);
            let all: Value = http.get(list).send().await.unwrap().json().await.unwrap();
            let names = all.as_array().unwrap().iter().filter_map(|one| one["name"].as_str());
            for name in names.filter(|name| *name == shop || name.starts_with(&format!("{shop}."))) {
                let one = format!("{}/api/{kind}/%2F/{name}", self.management_uri);
                http.delete(one).send().await.unwrap();
            }
        }
    }
}
