use crate::{RabbitOptions, StartError};
use percent_encoding::percent_decode_str;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::error::Error;

/// What is asked of a queue; the rest of its statistics is larger than all of this.
const COLUMNS: &str = "messages,message_bytes_ready,message_bytes_unacknowledged,state";

/// The broker's management API (HTTP), for what AMQP does not tell: unacknowledged messages, and bytes.
pub(crate) struct Management {
    client: Client,
    base: Url,
    user: String,
    password: SecretString,
    vhost: String,
}

/// The broker's last sample of a queue, some seconds old. A field is missing until the first sample.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) struct QueueSample {
    pub(crate) messages: Option<u64>,
    pub(crate) message_bytes_ready: Option<u64>,
    pub(crate) message_bytes_unacknowledged: Option<u64>,
    pub(crate) state: Option<String>,
}

/// Why a sample could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManagementError {
    #[error("the management API cannot be asked: {}", innermost(.0))]
    Request(#[source] reqwest::Error),
    #[error("the management API answers {0}")]
    Status(StatusCode),
    #[error("the management API's URI cannot have paths")]
    Path,
    #[error("the management API's answer cannot be read: {0}")]
    Answer(#[source] reqwest::Error),
    #[error("the management API's answer is no statistics of a queue: {0}")]
    Statistics(#[source] serde_json::Error),
}

impl Management {
    /// The API that the options name, if they name one.
    pub(crate) fn new(
        options: &RabbitOptions,
        tls: Option<&ClientConfig>,
        vhost: &str,
    ) -> Result<Option<Self>, StartError> {
        let Some(uri) = &options.management_uri else { return Ok(None) };
        let faulty = |why: &str| StartError::ManagementUri(why.to_owned());
        let mut base = Url::parse(uri.expose_secret()).map_err(|error| faulty(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(faulty("it is not an http:// or https:// URI"));
        }
        crate::tls::provider()?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (decoded(base.username()), decoded(base.password().unwrap_or_default()));
        // Never to be seen in an error.
        let stripped = base.set_username("").is_ok() && base.set_password(None).is_ok();
        if !stripped {
            return Err(faulty("it cannot have a user"));
        }
        let deadline = options.deadlines.management;
        let mut client =
            Client::builder().timeout(deadline).connect_timeout(deadline).redirect(Policy::none());
        if let Some(tls) = tls {
            client = client.tls_backend_preconfigured(tls.clone());
        }
        let client = client.build().map_err(|error| faulty(&error.to_string()))?;
        Ok(Some(Self { client, base, user, password: password.into(), vhost: vhost.to_owned() }))
    }

    /// The last sample of this queue.
    pub(crate) async fn queue(&self, name: &str) -> Result<QueueSample, ManagementError> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| ManagementError::Path)?.pop_if_empty().extend([
            "api",
            "queues",
            &self.vhost,
            name,
        ]);
        url.query_pairs_mut().append_pair("columns", COLUMNS);
        let request = self.client.get(url).basic_auth(&self.user, Some(self.password.expose_secret()));
        let response = request.send().await.map_err(ManagementError::Request)?;
        if response.status() != StatusCode::OK {
            return Err(ManagementError::Status(response.status()));
        }
        let text = response.bytes().await.map_err(ManagementError::Answer)?;
        sample(&text).map_err(ManagementError::Statistics)
    }
}

/// What failed at the bottom: the error above says that something did, and repeats the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Reads an answer. A queue without any sample is an empty list here, not an object.
fn sample(answer: &[u8]) -> Result<QueueSample, serde_json::Error> {
    match answer.trim_ascii() {
        b"[]" => Ok(QueueSample::default()),
        answer => serde_json::from_slice::<Map<String, Value>>(answer)
            .and_then(|fields| serde_json::from_value(Value::Object(fields))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pawnshop_domain::ShopName;

    fn refused(uri: &str) -> String {
        let shop = ShopName::new("default", "shop").unwrap();
        let mut options = RabbitOptions::new("amqp://host".into(), shop);
        options.management_uri = Some(uri.into());
        Management::new(&options, None, "/").err().unwrap().to_string()
    }

    #[test]
    fn an_answer_is_statistics_or_none_yet_or_an_error() {
        let known = sample(br#"{"messages":3,"state":"running","message_bytes_ready":9,"more":{}}"#).unwrap();
        assert_eq!((known.messages, known.message_bytes_unacknowledged), (Some(3), None));
        assert_eq!(sample(b"[]\n").unwrap(), QueueSample::default());
        for malformed in
            ["", "<html>", "null", "[0]", r#"[0,0,0,"running"]"#, r#"{"messages":-1}"#, r#"{"messages":0"#]
        {
            assert!(sample(malformed.as_bytes()).is_err(), "{malformed}");
        }
    }

    #[test]
    fn a_wrong_uri_is_refused_without_repeating_its_password() {
        for wrong in ["nonsense", "amqp://u:pass-word@host", "http:///", "mailto:pass-word"] {
            let error = refused(wrong);
            assert!(error.contains("management") && !error.contains("pass-word"), "{error}");
        }
    }
}
