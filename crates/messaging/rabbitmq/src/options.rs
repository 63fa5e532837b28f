use pawnshop_domain::{FlowName, ShopName};
use pawnshop_messaging::RetrySchedule;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The events that a message holds at most where a flow sets no lower maximum (decision D8).
pub(crate) const MAX_EVENTS: u16 = 256;

/// Where the broker is, and how it is used.
#[derive(Clone, Debug)]
pub struct RabbitOptions {
    /// `amqp://` or `amqps://`, with user, password and virtual host (the RabbitMQ URI specification).
    pub uri: SecretString,
    /// The shop whose exchange and queues these are.
    pub shop: ShopName,
    /// Files for `amqps` and `https`.
    pub tls: Tls,
    /// The management API, `http://` or `https://` with user and password; without it no backlog is known.
    pub management_uri: Option<SecretString>,
    /// The delay tiers that a retry may name.
    pub schedule: RetrySchedule,
    /// The events that a message of a flow holds at most; 256 for a flow that is not named.
    pub max_events: BTreeMap<FlowName, u16>,
    /// Mean bytes per event as they were known before, by an operator or an earlier process. A flow's own
    /// messages prevail as soon as there are some.
    pub event_bytes: BTreeMap<FlowName, f64>,
    /// How the connections are called in the broker's lists.
    pub connection_name: String,
    /// Events that a worker writes at once; consumers prefetch for two of these (D8).
    pub write_batch: usize,
    /// Messages that a consumer prefetches; by the rule of D8 when `None`.
    pub prefetch: Option<u16>,
    /// Messages of one flow that may await their confirms at a time; events that come meanwhile share the next.
    pub outstanding: usize,
    /// Encoded bytes of all events that wait to be published or confirmed, at most; more are refused as `Full`.
    pub max_pending_bytes: usize,
    /// Events that wait to be published or confirmed, at most; more are refused as `Full`.
    pub max_pending_events: usize,
    /// Time-outs.
    pub deadlines: Deadlines,
}

/// Certificate files in PEM format.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate chain; needs `key_file`.
    pub certificate_file: Option<PathBuf>,
    /// The client's private key; needs `certificate_file`.
    pub key_file: Option<PathBuf>,
}

impl Tls {
    /// Whether any file is given.
    pub(crate) fn is_given(&self) -> bool {
        [&self.ca_file, &self.certificate_file, &self.key_file].into_iter().any(Option::is_some)
    }
}

/// One of the files of [`Tls`], by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// [`Tls::ca_file`].
    Authorities,
    /// [`Tls::certificate_file`].
    Certificate,
    /// [`Tls::key_file`].
    Key,
}

impl fmt::Display for TlsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorities => "authorities",
            Self::Certificate => "certificate",
            Self::Key => "key",
        })
    }
}

/// How long things may take.
#[derive(Clone, Debug)]
pub struct Deadlines {
    /// A connection attempt, from the name look-up to the opened AMQP connection.
    pub connect: Duration,
    /// How long a caller waits for a connection that is down before it hears `Unavailable`.
    pub wait: Duration,
    /// One request to the broker and its answer: opening a channel, declaring a queue, a passive check.
    pub request: Duration,
    /// A publish, from the call to the answer.
    pub publish: Duration,
    /// How long what a consumer must publish (retries, returned events) waits while the broker takes no messages,
    /// from when it began to take none. A caller's own publish does not wait.
    pub blocked: Duration,
    /// How long a connection must have been up for the pauses between attempts to begin anew.
    pub steady: Duration,
    /// A request to the management API.
    pub management: Duration,
    /// The heartbeat interval that is asked for, in whole seconds; a silent connection is given up after two.
    pub heartbeat: Duration,
    /// The longest pause between two connection attempts.
    pub reconnect: Duration,
    /// How long a queue may have sent nothing, with nothing of it held, before it is consumed anew: RabbitMQ can
    /// lose what it sends to a consumer whose queue was deleted and declared again. Up to half of it earlier, so that
    /// consumers do not do so in step.
    pub quiet: Duration,
    /// How old a management sample may be before it is read anew.
    pub sample: Duration,
}

impl RabbitOptions {
    /// A shop's broker with everything else at its default.
    pub fn new(uri: SecretString, shop: ShopName) -> Self {
        Self {
            uri,
            shop,
            tls: Tls::default(),
            management_uri: None,
            schedule: RetrySchedule::default(),
            max_events: BTreeMap::new(),
            event_bytes: BTreeMap::new(),
            connection_name: "pawnshop".to_owned(),
            write_batch: 500,
            prefetch: None,
            outstanding: 4,
            max_pending_bytes: 64 << 20,
            max_pending_events: 100_000,
            deadlines: Deadlines::default(),
        }
    }

    /// The events that a message of this flow holds at most.
    pub(crate) fn max_events(&self, flow: &FlowName) -> u16 {
        self.max_events.get(flow).copied().unwrap_or(MAX_EVENTS).clamp(1, MAX_EVENTS)
    }
}

impl Default for Deadlines {
    /// Short of the edge's own 5 s for a publish; 2 s between attempts to connect at most.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            wait: Duration::from_secs(2),
            request: Duration::from_secs(5),
            publish: Duration::from_millis(4_500),
            blocked: Duration::from_secs(60),
            steady: Duration::from_secs(5),
            management: Duration::from_secs(3),
            heartbeat: Duration::from_secs(10),
            reconnect: Duration::from_secs(2),
            quiet: Duration::from_secs(60),
            sample: Duration::from_secs(1),
        }
    }
}

/// Why a broker cannot be started: its options are wrong. That a broker cannot be reached is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The broker's URI is none.
    #[error("the broker's URI cannot be used: {0}")]
    Uri(String),
    /// The management API's URI is none.
    #[error("the management API's URI cannot be used: {0}")]
    ManagementUri(String),
    /// A certificate or key file cannot be read or holds none.
    #[error("the {file} in {path} cannot be used: {why}")]
    TlsFile {
        /// What it is to hold.
        file: TlsFile,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS options contradict one another, or the process has no TLS provider.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
    /// There is no tokio runtime to connect in.
    #[error("there is no runtime to connect in: {0}")]
    Runtime(String),
}
