use super::BrokerTls;
use secrecy::{ExposeSecret, SecretString};

/// The way to a shop's queues over AMQP, for the operator's own look at those of sleeping pools.
#[derive(Clone, Debug)]
pub struct AmqpAccess {
    /// `amqp://` or `amqps://`, with user and password.
    pub uri: SecretString,
    /// What the connection trusts and presents.
    pub tls: BrokerTls,
}

impl AmqpAccess {
    /// All of it, to tell equal ones from others.
    pub(crate) fn exposed(&self) -> [&str; 4] {
        let [ca, certificate, key] = self.tls.exposed();
        [self.uri.expose_secret(), ca, certificate, key]
    }
}
