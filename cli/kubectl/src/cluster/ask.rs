use super::Cluster;
use kube::core::Status;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use tokio::time::timeout;

/// What one must be allowed to do.
#[derive(Clone, Debug)]
pub(crate) struct Right {
    /// `get`, `list`, `watch`, `create`.
    pub(crate) verb: &'static str,
    /// The kind in the plural, with its group: `pawnshops.pawnshop.dev`.
    pub(crate) resource: String,
    /// Where; `None`: in all namespaces.
    pub(crate) namespace: Option<String>,
}

/// Why the API server gave no answer of use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("you may not {right}: ask for the right, or see `kubectl auth can-i {}`. The API server says: {message}", right.flags())]
    Forbidden { right: Right, message: String },
    #[error("{cluster} does not know you: the credentials are no good, or have expired ({message})")]
    Unauthorized { cluster: String, message: String },
    #[error("there is no such object or kind: {message}")]
    NotFound { message: String },
    #[error("{cluster} does not answer: {cause}")]
    Unreachable { cluster: String, cause: String },
    #[error("{cluster} does not answer within {} s (--request-timeout)", .deadline.as_secs_f32())]
    TimedOut { cluster: String, deadline: Duration },
    #[error("{cluster} refuses to {right}: {message}")]
    Refused { cluster: String, right: Right, message: String },
}

impl Right {
    pub(crate) fn new(verb: &'static str, resource: impl Into<String>, namespace: Option<&str>) -> Self {
        Self { verb, resource: resource.into(), namespace: namespace.map(str::to_owned) }
    }

    fn flags(&self) -> String {
        let place = match &self.namespace {
            Some(namespace) => format!("-n {namespace}"),
            None => "-A".to_owned(),
        };
        match self.resource.split_once('/') {
            Some((resource, sub)) => format!("{} {resource} --subresource={sub} {place}", self.verb),
            None => format!("{} {} {place}", self.verb, self.resource),
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} in ", self.verb, self.resource)?;
        match &self.namespace {
            Some(namespace) => write!(formatter, "the namespace {namespace}"),
            None => formatter.write_str("all namespaces"),
        }
    }
}

impl Cluster {
    /// Makes a request within the deadline. `right`: what it needs.
    pub(crate) async fn ask<T>(
        &self,
        right: Right,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, AskError> {
        match timeout(self.deadline, request).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.told(right, error)),
            Err(_) => Err(AskError::TimedOut { cluster: self.name.clone(), deadline: self.deadline }),
        }
    }

    /// What this error means.
    pub(crate) fn told(&self, right: Right, error: kube::Error) -> AskError {
        told(&self.name, right, error)
    }

    /// The same for errors that come when the cluster is no longer at hand.
    pub(crate) fn teller(&self, right: Right) -> impl Fn(kube::Error) -> AskError + Send + Sync + use<> {
        let name = self.name.clone();
        move |error| told(&name, right.clone(), error)
    }
}

fn told(cluster: &str, right: Right, error: kube::Error) -> AskError {
    let cluster = cluster.to_owned();
    match error {
        kube::Error::Api(status) => {
            let Status { code, message, .. } = *status;
            match code {
                401 => AskError::Unauthorized { cluster, message },
                403 => AskError::Forbidden { right, message },
                404 => AskError::NotFound { message: message.trim().to_owned() },
                _ => AskError::Refused { cluster, right, message },
            }
        }
        error => AskError::Unreachable { cluster, cause: cause(&error) },
    }
}

/// The innermost words, which name the system's or TLS's own fault; those around them only repeat that a client failed.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str) -> kube::Error {
        let status = Status { code, message: message.to_owned(), ..Status::default() };
        kube::Error::Api(Box::new(status))
    }

    #[test]
    fn a_right_that_is_missing_is_named_with_the_command_that_checks_it() {
        let right = Right::new("list", "pawnshops.pawnshop.dev", Some("shops"));
        let told = told("it", right, status(403, "forbidden")).to_string();
        assert_eq!(
            told,
            "you may not list pawnshops.pawnshop.dev in the namespace shops: ask for the right, or see \
             `kubectl auth can-i list pawnshops.pawnshop.dev -n shops`. The API server says: forbidden"
        );
        let forward = Right::new("create", "pods/portforward", Some("shops"));
        assert_eq!(forward.flags(), "create pods --subresource=portforward -n shops");
    }

    #[test]
    fn credentials_and_other_refusals_are_told_apart() {
        let right = || Right::new("get", "pods", None);
        assert!(matches!(told("it", right(), status(401, "no")), AskError::Unauthorized { .. }));
        assert!(matches!(told("it", right(), status(404, "no")), AskError::NotFound { .. }));
        assert_eq!(
            told("it", right(), status(500, "etcd is away")).to_string(),
            "it refuses to get pods in all namespaces: etcd is away"
        );
    }
}
