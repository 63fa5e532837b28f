use crate::StartError;
use crate::link::{Live, Manner, OpenChannel, explain, open, parse_uri, unavailable};
use crate::tls::client_config_of;
use lapin::options::QueueDeclareOptions;
use lapin::protocol::AMQPErrorKind;
use lapin::types::FieldTable;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{ErrorKind, protocol::AMQPSoftError};
use pawnshop_messaging::BrokerError;
use rustls::ClientConfig;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long the broker may take to answer a question.
const PATIENCE: Duration = Duration::from_secs(2);

/// The interval of heartbeats, in seconds.
const HEARTBEAT: u16 = 10;

/// What TLS is spoken with, as PEM texts.
#[derive(Clone, Debug, Default)]
pub struct TlsParts {
    /// The authorities to trust; `None`: the system's.
    pub ca: Option<SecretString>,
    /// The client's certificate chain, and its key.
    pub identity: Option<(SecretString, SecretString)>,
}

/// Looks into queues over AMQP and changes nothing: one connection, made at the first question and again after it was
/// lost, and one channel.
pub struct Inspector {
    uri: AMQPUri,
    tls: Option<Arc<ClientConfig>>,
    certified: bool,
    name: String,
    opened: Mutex<Option<Opened>>,
}

struct Opened {
    live: Live,
    channel: OpenChannel,
}

impl Inspector {
    /// Of the broker at this URI (`amqp://` or `amqps://`). `name`: how the broker lists the connection.
    ///
    /// # Errors
    /// When the URI or the certificates are no good; the error repeats neither.
    pub fn new(uri: &SecretString, tls: &TlsParts, name: &str) -> Result<Self, StartError> {
        let mut uri = parse_uri(uri)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let config = match uri.scheme {
            AMQPScheme::AMQP => None,
            AMQPScheme::AMQPS => Some(Arc::new(client_config_of(tls)?)),
        };
        let certified = tls.identity.is_some();
        Ok(Self { uri, tls: config, certified, name: name.to_owned(), opened: Mutex::default() })
    }

    /// How many messages of this queue are ready, exactly and as of now, without those that consumers hold: a passive
    /// declaration. `None`: there is no such queue.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub async fn ready(&self, queue: &str) -> Result<Option<u64>, BrokerError> {
        let mut opened = self.opened.lock().await;
        let mut now = match opened.take() {
            Some(now) if now.live.connection.status().connected() => now,
            _ => self.open().await?,
        };
        let options = QueueDeclareOptions { passive: true, durable: true, ..QueueDeclareOptions::default() };
        let asking = now.channel.queue_declare(queue.into(), options, FieldTable::default());
        let answer = match timeout(PATIENCE, asking).await {
            Ok(Ok(queue)) => Ok(Some(u64::from(queue.message_count()))),
            Ok(Err(error)) if is_not_found(&error) => {
                // The answer to that is an end of the channel.
                now.channel = now.live.channel().await?;
                Ok(None)
            }
            // The connection is dropped: whatever it was, the next question finds a new one.
            Ok(Err(error)) => return Err(unavailable(&error.to_string())),
            Err(_) => return Err(unavailable("the broker does not answer")),
        };
        *opened = Some(now);
        answer
    }

    async fn open(&self) -> Result<Opened, BrokerError> {
        let opening = open(self.uri.clone(), self.tls.clone(), self.name.clone(), CONNECTING);
        let connection = match timeout(CONNECTING, opening).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                let manner = Manner { encrypted: self.tls.is_some(), certified: self.certified };
                return Err(unavailable(&format!(
                    "cannot connect to the broker: {}",
                    explain(&error, manner)
                )));
            }
            Err(_) => return Err(unavailable("cannot connect to the broker: it does not answer")),
        };
        let live = Live { connection, lost: CancellationToken::new(), patience: PATIENCE };
        let channel = live.channel().await?;
        Ok(Opened { live, channel })
    }
}

fn is_not_found(error: &lapin::Error) -> bool {
    let ErrorKind::ProtocolError(error) = error.kind() else { return false };
    matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND))
}
