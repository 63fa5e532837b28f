use std::fmt;

/// What is wrong with a reference. No value is ever shown.
#[derive(Debug, thiserror::Error)]
pub enum DereferenceError {
    /// There is no such Secret.
    #[error("the Secret {name} does not exist; create it in the shop's namespace")]
    MissingSecret {
        /// Its name.
        name: String,
    },
    /// The Secret has no such key.
    #[error("the Secret {name} has no key {key}; add it, or name another in the shop")]
    MissingKey {
        /// The Secret's name.
        name: String,
        /// The key.
        key: String,
    },
    /// There is nothing under the key.
    #[error("the Secret {name} holds nothing under {key}; put the value there")]
    EmptyKey {
        /// The Secret's name.
        name: String,
        /// The key.
        key: String,
    },
    /// What is under the key cannot be a URI or PEM.
    #[error("the Secret {name} holds something other than text under {key}; it must be UTF-8")]
    NotText {
        /// The Secret's name.
        name: String,
        /// The key.
        key: String,
    },
    /// What is under the key is no URI of the kind that is needed.
    #[error("the Secret {name} must hold a URI under {key} that begins with {}", Schemes(.schemes))]
    WrongScheme {
        /// The Secret's name.
        name: String,
        /// The key.
        key: String,
        /// What would do.
        schemes: &'static [&'static str],
    },
    /// The API server did not let the operator read the Secret.
    #[error("the Secret {name} cannot be read: {source}")]
    ReadSecret {
        /// Its name.
        name: String,
        /// Why.
        source: ReadError,
    },
    /// The cluster has no RabbitmqClusters at all.
    #[error(
        "the RabbitmqCluster {name} cannot be found: the RabbitMQ Cluster Operator is not installed; install it, or \
         set broker.uri in place of broker.clusterRef"
    )]
    NoClusterKind {
        /// The RabbitmqCluster's name.
        name: String,
    },
    /// There is no such RabbitmqCluster.
    #[error("the RabbitmqCluster {name} does not exist; create it in the shop's namespace")]
    MissingCluster {
        /// Its name.
        name: String,
    },
    /// The RabbitmqCluster does not name its default user yet.
    #[error("the RabbitmqCluster {name} has no default user yet; see its own conditions, or set broker.uri")]
    ClusterNotReady {
        /// Its name.
        name: String,
    },
    /// The RabbitmqCluster's default user cannot be written in a URI.
    #[error(
        "the default user of the RabbitmqCluster {name} (Secret {secret}) has characters that would have to be \
         encoded in a URI; set broker.uri to a Secret with the whole URI"
    )]
    ClusterUser {
        /// The RabbitmqCluster's name.
        name: String,
        /// The Secret's name.
        secret: String,
    },
    /// The API server did not let the operator read the RabbitmqCluster.
    #[error("the RabbitmqCluster {name} cannot be read: {source}")]
    ReadCluster {
        /// Its name.
        name: String,
        /// Why.
        source: ReadError,
    },
}

impl DereferenceError {
    /// The reason of the condition that tells it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MissingSecret { .. } => "SecretNotFound",
            Self::MissingKey { .. } | Self::EmptyKey { .. } => "SecretKeyNotFound",
            Self::NotText { .. } | Self::WrongScheme { .. } => "SecretValueInvalid",
            Self::ReadSecret { .. } => "SecretUnreadable",
            Self::NoClusterKind { .. } => "RabbitmqClusterKindNotFound",
            Self::MissingCluster { .. } => "RabbitmqClusterNotFound",
            Self::ClusterNotReady { .. } => "RabbitmqClusterNotReady",
            Self::ClusterUser { .. } => "RabbitmqClusterUserInvalid",
            Self::ReadCluster { .. } => "RabbitmqClusterUnreadable",
        }
    }

    /// Whether nothing is known of the reference, since it could not be read: no word about the shop.
    pub fn is_read_failure(&self) -> bool {
        matches!(self, Self::ReadSecret { .. } | Self::ReadCluster { .. })
    }

    pub(super) fn is_unread(&self, secret: &str) -> bool {
        matches!(self, Self::ReadSecret { name, .. } if name == secret)
    }
}

/// Why an object could not be read. Never the answer's body, which may be the object.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The API server refused, and said why.
    #[error("the API server says {reason}: {message}")]
    Refused {
        /// The reason in one word, such as `Forbidden`.
        reason: String,
        /// The reason in full.
        message: String,
    },
    /// There was no answer, or none that makes sense.
    #[error("the API server cannot be asked")]
    Unanswered,
}

struct Schemes<'a>(&'a [&'static str]);

impl fmt::Display for Schemes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scheme) in self.0.iter().enumerate() {
            write!(formatter, "{}{scheme}://", if index == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}
