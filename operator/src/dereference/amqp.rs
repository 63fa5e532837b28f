use secrecy::{ExposeSecret, SecretString};

/// The way to a shop's queues over AMQP, for the operator's own look at those of sleeping pools.
#[derive(Clone, Debug)]
pub struct AmqpAccess {
    /// `amqp://` or `amqps://`, with user and password.
    pub uri: SecretString,
    /// The authorities to trust (PEM); `None`: those of the machine.
    pub ca: Option<SecretString>,
    /// The client's certificate chain and its key (PEM), where the broker asks for one.
    pub identity: Option<(SecretString, SecretString)>,
}

impl AmqpAccess {
    /// All of it, to tell equal ones from others.
    pub(crate) fn exposed(&self) -> [&str; 4] {
        let (certificate, key) = self
            .identity
            .as_ref()
            .map_or(("", ""), |(certificate, key)| (certificate.expose_secret(), key.expose_secret()));
        let ca = self.ca.as_ref().map_or("", |ca| ca.expose_secret());
        [self.uri.expose_secret(), ca, certificate, key]
    }
}
