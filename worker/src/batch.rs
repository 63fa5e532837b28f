use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_flow::outcomes::OutcomeRecord;
use pawnshop_messaging::{Receipt, Received};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was received together, sorted by what is to be done with it.
#[derive(Default)]
pub(crate) struct Batch {
    /// Events to be handled together.
    pub(crate) groups: Vec<Group>,
    /// What is no event: nobody can ever handle it.
    pub(crate) undecodable: Vec<(Receipt, OutcomeRecord)>,
}

/// Events of one flow.
pub(crate) struct Group {
    pub(crate) flow: FlowName,
    /// As many as there are events, in their order.
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) events: Arc<[Event]>,
}

impl Batch {
    /// Sorts what was received.
    pub(crate) fn sort(received: Vec<Received>) -> Self {
        let mut flows: BTreeMap<FlowName, (Vec<Receipt>, Vec<Event>)> = BTreeMap::new();
        let mut undecodable = Vec::new();
        for Received { receipt, flow, event, .. } in received {
            match event {
                Ok(event) => {
                    let (receipts, events) = flows.entry(flow).or_default();
                    receipts.push(receipt);
                    events.push(event);
                }
                Err(what) => {
                    undecodable.push((receipt, OutcomeRecord::undecodable(&flow, what.bytes, &what.error)));
                }
            }
        }
        let group = |(flow, (receipts, events)): (_, (_, Vec<Event>))| Group {
            flow,
            receipts,
            events: events.into(),
        };
        Self { groups: flows.into_iter().map(group).collect(), undecodable }
    }
}
