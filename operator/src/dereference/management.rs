use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use std::hash::{Hash, Hasher};

/// The way to a broker's management API. Shops with an equal one share their polls (decision K10).
#[derive(Clone, Debug)]
pub struct ManagementAccess {
    /// `http://` or `https://`, with user and password.
    pub uri: SecretString,
    /// Where the shop's queues are.
    pub vhost: String,
    /// What the connection trusts and presents.
    pub tls: BrokerTls,
}

/// What a connection to a broker trusts and presents, where it is one over TLS.
#[derive(Clone, Debug, Default)]
pub struct BrokerTls {
    /// The authorities to trust (PEM); `None`: those of the machine.
    pub ca: Option<SecretString>,
    /// The certificate to present (PEM), for brokers that ask for one; never without its key.
    pub certificate: Option<SecretString>,
    /// The certificate's private key (PEM).
    pub key: Option<SecretString>,
}

impl BrokerTls {
    /// The authorities, the certificate and the key, each empty where there is none.
    pub(crate) fn exposed(&self) -> [&str; 3] {
        [&self.ca, &self.certificate, &self.key]
            .map(|pem| pem.as_ref().map_or("", ExposeSecret::expose_secret))
    }
}

impl ManagementAccess {
    /// `broker`: the AMQP URI, which names the virtual host.
    pub(super) fn of_uris(
        broker: Option<SecretString>,
        api: Option<SecretString>,
        tls: BrokerTls,
    ) -> Option<Self> {
        let vhost = vhost(broker?.expose_secret());
        Some(Self { uri: api?, vhost, tls })
    }

    /// The same at another address.
    pub(super) fn at(self, uri: SecretString) -> Self {
        Self { uri, ..self }
    }

    fn exposed(&self) -> (&str, &str, [&str; 3]) {
        (self.uri.expose_secret(), &self.vhost, self.tls.exposed())
    }
}

impl PartialEq for ManagementAccess {
    fn eq(&self, other: &Self) -> bool {
        self.exposed() == other.exposed()
    }
}

impl Eq for ManagementAccess {}

impl Hash for ManagementAccess {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.exposed().hash(state);
    }
}

/// The virtual host of an AMQP URI, as the programs' AMQP client reads it: `/` without a path.
fn vhost(uri: &str) -> String {
    let after_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest).trim_end();
    let before_query = after_scheme.split(['?', '#']).next().unwrap_or_default();
    let path = before_query.split_once('/').map_or("%2f", |(_, path)| path);
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_virtual_host_is_the_path_of_the_uri() {
        for (uri, expected) in [
            ("amqp://host", "/"),
            ("amqp://user:password@host:5672", "/"),
            ("amqps://user:password@host:5671/shop?heartbeat=10", "shop"),
            ("amqp://host/%2f", "/"),
            ("amqp://host/a%2fb\n", "a/b"),
            ("amqp://host/", ""),
        ] {
            assert_eq!(vhost(uri), expected, "{uri}");
        }
    }
}
