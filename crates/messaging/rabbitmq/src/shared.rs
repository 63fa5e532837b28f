use crate::RabbitOptions;
use crate::event_bytes::EventBytes;
use crate::names::Names;
use pawnshop_domain::FlowName;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

/// What every part of one broker knows: its options, its names, the flows that were declared.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: RabbitOptions,
    pub(crate) names: Names,
    flows: RwLock<BTreeMap<FlowName, Arc<Flow>>>,
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
}

impl Shared {
    pub(crate) fn new(options: RabbitOptions) -> Arc<Self> {
        let names = Names::new(&options.shop);
        Arc::new(Self { options, names, flows: RwLock::default() })
    }

    /// The flow, if it was ever declared.
    pub(crate) fn flow(&self, name: &FlowName) -> Option<Arc<Flow>> {
        self.flows.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Every declared flow.
    pub(crate) fn flows(&self) -> Vec<Arc<Flow>> {
        self.flows.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Remembers flows for every connection to come.
    pub(crate) fn remember(&self, names: &[FlowName]) {
        let mut flows = self.flows.write().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            flows.entry(name.clone()).or_insert_with(|| Arc::new(Flow::new(name, &self.options)));
        }
    }
}

impl Flow {
    fn new(name: &FlowName, options: &RabbitOptions) -> Self {
        Self {
            name: name.clone(),
            max_events: usize::from(options.max_events(name)),
            bytes: EventBytes::new(options.event_bytes.get(name).copied()),
            ended_in_held: AtomicU64::new(0),
        }
    }
}
