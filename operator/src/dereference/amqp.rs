use super::BrokerTls;
use secrecy::SecretString;

/// The way to a shop's queues over AMQP, for the operator's own look at those of sleeping pools.
#[derive(Clone, Debug)]
pub struct AmqpAccess {
    /// `amqp://` or `amqps://`, with user and password.
    pub uri: SecretString,
    /// What the connection trusts and presents.
    pub tls: BrokerTls,
}
