use super::addresses::{Resolver, is_refused};
use super::body::bounded;
use super::{Queue, ReadingError};
use crate::children::ShopKey;
use crate::dereference::BrokerTls;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one request may take, answer included.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long all pages together may take.
const READING_DEADLINE: Duration = Duration::from_secs(60);

/// How many queues are asked for at once.
pub(super) const PAGE: u32 = 500;

/// How many pages are read at most: the server says how many there are, and may say anything.
pub(super) const MOST_PAGES: u32 = 100;

/// How many queues of a shop are kept at most: some more than 32 pools of 32 flows have, three for each flow.
pub(super) const MOST_OF_A_SHOP: usize = 4096;

/// The longest name that AMQP has for a queue, in bytes.
const LONGEST_NAME: usize = 255;

/// What is asked of a queue.
const COLUMNS: &str =
    "name,messages,message_bytes_ready,message_bytes_unacknowledged,message_stats.ack,state";

/// How a broker's management API is asked.
#[derive(Clone)]
pub struct Access {
    /// Its address, without user and password.
    base: Url,
    user: String,
    password: SecretString,
    vhost: String,
    tls: BrokerTls,
}

/// Why a management URI is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// It is not a URI, or one of something else.
    #[error("the management URI is not an http:// or https:// URI with a host")]
    Uri,
    /// It leads where it must not.
    #[error("the management URI leads to a link-local address, which is never asked")]
    LinkLocal,
}

impl Access {
    /// By a URI that holds the user and the password.
    ///
    /// # Errors
    /// When it is no good; the error does not repeat it.
    pub fn new(uri: &SecretString, vhost: &str, tls: BrokerTls) -> Result<Self, AccessError> {
        let mut base = Url::parse(uri.expose_secret()).map_err(|_| AccessError::Uri)?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(AccessError::Uri);
        }
        let literal = base.host_str().map(|host| host.trim_matches(['[', ']']).parse::<IpAddr>());
        if let Some(Ok(address)) = literal
            && is_refused(address)
        {
            return Err(AccessError::LinkLocal);
        }
        let decoded =
            |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (decoded(base.username()), decoded(base.password().unwrap_or_default()));
        if base.set_username("").is_err() || base.set_password(None).is_err() {
            return Err(AccessError::Uri);
        }
        Ok(Self { base, user, password: password.into(), vhost: vhost.to_owned(), tls })
    }

    /// What tells equal ways of asking from others (decision K10).
    pub(super) fn key(&self) -> [u8; 32] {
        let place = [self.base.as_str(), &self.user, self.password.expose_secret(), &self.vhost];
        let mut hash = Sha256::new();
        for part in place.into_iter().chain(self.tls.exposed()) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

/// The address alone, and not even that in full.
impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Access").field("vhost", &self.vhost).finish_non_exhaustive()
    }
}

/// The queues of each shop that were asked for, by their names.
pub(super) type Told = BTreeMap<ShopKey, BTreeMap<String, Queue>>;

/// A management API that can be asked.
pub(super) struct Management {
    client: Client,
    access: Access,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Sample>,
    page_count: u32,
}

#[derive(Deserialize)]
struct Sample {
    name: String,
    messages: Option<u64>,
    message_bytes_ready: Option<u64>,
    message_bytes_unacknowledged: Option<u64>,
    /// What was counted since the broker began to: an object, or an empty list where nothing was.
    #[serde(default)]
    message_stats: Value,
    state: Option<String>,
}

impl From<&Sample> for Queue {
    fn from(sample: &Sample) -> Self {
        let bytes = sample.message_bytes_ready.zip(sample.message_bytes_unacknowledged);
        Self {
            messages: sample.messages,
            bytes: bytes.map(|(ready, held)| ready.saturating_add(held)),
            acknowledged: sample.message_stats["ack"].as_u64().unwrap_or_default(),
            running: sample.state.as_deref() == Some("running"),
        }
    }
}

impl Management {
    pub(super) fn new(access: Access) -> Result<Self, ReadingError> {
        let mut client = Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(DEADLINE)
            .redirect(Policy::none())
            .dns_resolver(Arc::new(Resolver))
            .no_proxy();
        let [ca, certificate, key] = access.tls.exposed();
        // Those of the machine are some 100 KiB for each client: not where no certificate is ever judged by them.
        if !ca.is_empty() || access.base.scheme() == "http" {
            let ca = Certificate::from_pem_bundle(ca.as_bytes());
            client = client.tls_certs_only(ca.map_err(|_| unreachable("its CA is not PEM"))?);
        }
        if !certificate.is_empty() {
            let both = SecretString::from(format!("{certificate}\n{key}"));
            let both = Identity::from_pem(both.expose_secret().as_bytes());
            client = client.identity(both.map_err(|_| unreachable("its certificate and key are not PEM"))?);
        }
        let client =
            client.build().map_err(|_| unreachable("its certificate and key do not make a client"))?;
        Ok(Self { client, access })
    }

    /// The queues of these shops, of all in the vhost.
    pub(super) async fn read(&self, shops: Vec<ShopKey>) -> Result<Told, ReadingError> {
        let mut told: Told = shops.into_iter().map(|shop| (shop, BTreeMap::new())).collect();
        let read = timeout(READING_DEADLINE, self.pages(&mut told)).await;
        read.unwrap_or_else(|_| Err(unreachable("not all of its queues in time")))?;
        Ok(told)
    }

    async fn pages(&self, told: &mut Told) -> Result<(), ReadingError> {
        for number in 1..=MOST_PAGES {
            let Page { items, page_count } = self.page(number).await?;
            if page_count > MOST_PAGES {
                break;
            }
            for sample in items {
                keep(sample, told)?;
            }
            if number >= page_count {
                return Ok(());
            }
        }
        Err(ReadingError::TooMany)
    }

    async fn page(&self, number: u32) -> Result<Page, ReadingError> {
        let Access { base, user, password, vhost, .. } = &self.access;
        let mut url = base.clone();
        url.path_segments_mut()
            .map_err(|()| unreachable("its URI cannot have paths"))?
            .pop_if_empty()
            .extend(["api", "queues", vhost]);
        url.query_pairs_mut()
            .append_pair("columns", COLUMNS)
            .append_pair("page", &number.to_string())
            .append_pair("page_size", &PAGE.to_string());
        let request = self.client.get(url).basic_auth(user, Some(password.expose_secret()));
        let answer = request.send().await.map_err(told)?;
        match answer.status() {
            StatusCode::OK => {}
            refused @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(ReadingError::Refused(refused.as_u16()));
            }
            other => return Err(ReadingError::Status(other.as_u16())),
        }
        let body = bounded(answer).await.map_err(told)?.ok_or(ReadingError::Answer)?;
        serde_json::from_slice(&body).map_err(|_| ReadingError::Answer)
    }
}

/// Keeps a queue that is one of a shop's, by its name: `namespace.shop.…`.
fn keep(sample: Sample, told: &mut Told) -> Result<(), ReadingError> {
    let mut parts = sample.name.splitn(3, '.').map(str::to_owned);
    let (Some(namespace), Some(shop), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(());
    };
    let Some(queues) = told.get_mut(&(namespace, shop)) else { return Ok(()) };
    if sample.name.len() > LONGEST_NAME {
        return Err(ReadingError::Answer);
    }
    if queues.len() == MOST_OF_A_SHOP {
        return Err(ReadingError::TooMany);
    }
    let queue = Queue::from(&sample);
    queues.insert(sample.name, queue);
    Ok(())
}

fn unreachable(why: &str) -> ReadingError {
    ReadingError::Unreachable(why.to_owned())
}

/// In words of ours: the library's could hold what a server chose to say.
fn told(error: reqwest::Error) -> ReadingError {
    unreachable(if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection (address, port, TLS certificate?)"
    } else {
        "the connection broke"
    })
}
