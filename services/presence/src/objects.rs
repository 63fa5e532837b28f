//! The service that knows the objects, as this one asks it: one pooled client, a deadline on every question, and a
//! judgement on whatever comes back.

mod alive;
mod answer;
mod suspects;
mod uri;

use crate::model::ObjectId;
use alive::Alive;
use answer::{Judgement, LARGEST};
use pawnshop_domain::{Instant, Rejection};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use suspects::Suspects;
pub(crate) use uri::ObjectsUri;

/// What the circuit of a worker calls it.
pub(crate) const OBJECTS_SERVICE: &str = "objects-service";

/// The objects' service.
pub(crate) struct Objects {
    client: Client,
    uri: ObjectsUri,
    deadline: Duration,
    alive: Alive,
    suspects: Suspects,
}

/// Why there can be no client of the service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("no TLS client can be made: {0}")]
    Tls(#[from] rustls::Error),
    #[error("no HTTP client can be made: {}", innermost(.0))]
    Http(#[from] reqwest::Error),
}

/// What an object was found to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// There, when this answer came.
    Online(Instant),
    /// Not there.
    Offline,
}

/// Why an object's state is not known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LookUpError {
    /// The service said what no repetition will change.
    Rejected(Rejection),
    /// The service is alive, and failed for this object.
    Object(String),
    /// The service itself is away, or refuses everybody.
    Service(String),
}

impl Objects {
    /// A client of the service there, which needs not be there yet; at most so many questions are expected at once.
    pub(crate) fn new(
        uri: ObjectsUri,
        deadline: Duration,
        at_once: NonZeroUsize,
    ) -> Result<Self, StartError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls(&uri)?)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(deadline)
            .pool_max_idle_per_host(at_once.get())
            .build()?;
        Ok(Self { client, uri, deadline, alive: Alive::default(), suspects: Suspects::default() })
    }

    /// What this object is now.
    pub(crate) async fn look_up(&self, id: &ObjectId) -> Result<Found, LookUpError> {
        let found = self.find(id).await;
        if matches!(found, Ok(_) | Err(LookUpError::Rejected(_))) {
            self.suspects.answered(id);
        }
        found
    }

    async fn find(&self, id: &ObjectId) -> Result<Found, LookUpError> {
        let doubt = match self.ask(self.uri.of_object(id)).await {
            Ok((status, body)) => match answer::judge(id, status, body.as_deref()) {
                Judgement::Online => return Ok(Found::Online(Instant::now())),
                Judgement::Offline => return Ok(Found::Offline),
                Judgement::Rejected(rejection) => return Err(LookUpError::Rejected(rejection)),
                Judgement::Unavailable(why) if self.suspects.refused(id) => {
                    return Err(LookUpError::Object(why));
                }
                Judgement::Unavailable(why) | Judgement::Refused(why) => {
                    return Err(LookUpError::Service(why));
                }
                Judgement::Doubtful(why) => why,
            },
            Err(error) if error.is_connect() => return Err(LookUpError::Service(self.told(&error))),
            Err(error) => self.told(&error),
        };
        match self.is_alive().await {
            Ok(()) => Err(LookUpError::Object(doubt)),
            Err(why) => Err(LookUpError::Service(format!("{doubt}; asked for itself: {why}"))),
        }
    }

    /// Whether the service answers at all: anything but an error of its own, at its base URI. Asked by one of those who
    /// want to know for all of them. `Err`: why it does not.
    pub(crate) async fn is_alive(&self) -> Result<(), String> {
        self.alive
            .or_ask(async {
                match self.client.get(self.uri.base()).send().await {
                    Ok(answer) if !answer.status().is_server_error() => Ok(()),
                    Ok(answer) => Err(format!("it answers {}", answer.status().as_u16())),
                    Err(error) => Err(self.told(&error)),
                }
            })
            .await
    }

    /// The status, and of a 200 the body; `None` where that is too large.
    async fn ask(&self, url: Url) -> reqwest::Result<(StatusCode, Option<Vec<u8>>)> {
        let answer = self.client.get(url).send().await?;
        match answer.status() {
            StatusCode::OK => Ok((StatusCode::OK, body(answer).await?)),
            other => Ok((other, None)),
        }
    }

    /// In words that hold nothing of the URI.
    fn told(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            format!("no answer within {:?}", self.deadline)
        } else if error.is_connect() {
            format!("no connection: {}", innermost(error))
        } else {
            format!("the connection broke: {}", innermost(error))
        }
    }
}

/// A body of at most [`LARGEST`] bytes, however much is sent.
async fn body(mut answer: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > LARGEST {
            return Ok(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(Some(body))
}

/// Trusts the system's authorities, which an `http://` service needs none of. The provider is named here, since not every
/// program that has this service chooses one for the process.
fn tls(uri: &ObjectsUri) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    if uri.is_https() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What failed at the bottom: the errors above say that something did, and repeat the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests;
