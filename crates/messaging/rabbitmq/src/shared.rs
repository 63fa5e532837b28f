use crate::event_bytes::EventBytes;
use crate::link::parse_uri;
use crate::names::Names;
use crate::tls::client_config;
use crate::{RabbitOptions, StartError};
use lapin::uri::{AMQPScheme, AMQPUri};
use pawnshop_domain::FlowName;
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;

/// How long what is given back explains deliveries: longer than a circuit pauses between two tries.
const LATELY: Duration = Duration::from_secs(600);

/// What every part of one broker knows: its options, its names, the flows that were declared.
pub(crate) struct Shared {
    pub(crate) options: RabbitOptions,
    pub(crate) names: Names,
    pub(crate) uri: AMQPUri,
    /// How TLS is spoken, where any is.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// There are files for TLS that no URI makes use of.
    pub(crate) wastes_tls: bool,
    /// One connection declares at a time.
    pub(crate) declaring: tokio::sync::Mutex<()>,
    /// What all consumers hold.
    pub(crate) budget: crate::consume::Budget,
    flows: RwLock<BTreeMap<FlowName, Arc<Flow>>>,
    /// When this process last gave a message back to the broker.
    returned_at: RwLock<Option<Instant>>,
}

/// One declared flow.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) name: FlowName,
    /// The events that a message holds at most.
    pub(crate) max_events: usize,
    /// Mean bytes per event.
    pub(crate) bytes: EventBytes,
    /// Events that have ended within messages that this process holds unacknowledged because of others: the broker
    /// counts them, the backlog does not.
    pub(crate) ended_in_held: AtomicU64,
    declared: RwLock<Declared>,
}

/// How the last declaration of a flow's queues went.
#[derive(Clone, Debug, Default)]
struct Declared {
    /// When it succeeded last.
    at: Option<Instant>,
    /// Why the broker refused it, if it did.
    refused: Option<String>,
}

impl Shared {
    /// Checks the options.
    pub(crate) fn new(options: RabbitOptions) -> Result<Arc<Self>, StartError> {
        let uri = parse_uri(&options.uri)?;
        let https = options.management_uri.as_ref().is_some_and(|uri| is_https(uri.expose_secret()));
        // Files that nobody needs are read as well: whoever gives them is to hear what is wrong with them.
        let tls = match uri.scheme == AMQPScheme::AMQPS || https || options.tls.is_given() {
            true => Some(Arc::new(client_config(&options.tls)?)),
            false => None,
        };
        let wastes_tls = options.tls.is_given() && uri.scheme == AMQPScheme::AMQP && !https;
        Ok(Arc::new(Self {
            names: Names::new(&options.shop),
            options,
            uri,
            tls,
            wastes_tls,
            declaring: tokio::sync::Mutex::new(()),
            budget: crate::consume::Budget::default(),
            flows: RwLock::default(),
            returned_at: RwLock::default(),
        }))
    }

    /// The flow, if it was ever declared.
    pub(crate) fn flow(&self, name: &FlowName) -> Option<Arc<Flow>> {
        self.flows.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Every declared flow.
    pub(crate) fn flows(&self) -> Vec<Arc<Flow>> {
        self.flows.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// This process gave messages back to the broker.
    pub(crate) fn set_returned(&self) {
        *self.returned_at.write().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether it did so lately. A process that an event has killed does not remember.
    pub(crate) fn has_returned_lately(&self) -> bool {
        let returned_at = *self.returned_at.read().unwrap_or_else(PoisonError::into_inner);
        returned_at.is_some_and(|at| at.elapsed() < LATELY)
    }

    /// Remembers flows for every connection to come.
    pub(crate) fn remember(&self, names: &[FlowName]) -> Vec<Arc<Flow>> {
        let mut flows = self.flows.write().unwrap_or_else(PoisonError::into_inner);
        let flow = |name: &FlowName| {
            let flow = flows.entry(name.clone()).or_insert_with(|| Arc::new(Flow::new(name, &self.options)));
            Arc::clone(flow)
        };
        names.iter().map(flow).collect()
    }
}

fn is_https(uri: &str) -> bool {
    uri.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URI: it holds a password.
        f.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Flow {
    fn new(name: &FlowName, options: &RabbitOptions) -> Self {
        Self {
            name: name.clone(),
            max_events: usize::from(options.max_events(name)),
            bytes: EventBytes::new(name, options.event_bytes.get(name).copied()),
            ended_in_held: AtomicU64::new(0),
            declared: RwLock::default(),
        }
    }

    /// Why the broker refused the flow's queues at the last declaration, if it did.
    pub(crate) fn refused(&self) -> Option<String> {
        self.declared.read().unwrap_or_else(PoisonError::into_inner).refused.clone()
    }

    /// For how long the flow's queues have been declared, as far as this process knows: they may have been made anew
    /// then.
    pub(crate) fn declared_for(&self) -> Option<Duration> {
        self.declared.read().unwrap_or_else(PoisonError::into_inner).at.map(|at| at.elapsed())
    }

    /// The flow's queues were declared, or refused.
    pub(crate) fn set_declared(&self, refused: Option<String>) {
        let mut declared = self.declared.write().unwrap_or_else(PoisonError::into_inner);
        if refused.is_none() {
            declared.at = Some(Instant::now());
        }
        declared.refused = refused;
    }
}
