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
    /// Dead letters as they came: what is no event, and what the broker gave up.
    pub(crate) letters: Vec<(Receipt, OutcomeRecord)>,
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
        let mut letters = Vec::new();
        for Received { receipt, flow, event, given_up } in received {
            match (event, given_up) {
                (Ok(event), None) => {
                    let (receipts, events) = flows.entry(flow).or_default();
                    receipts.push(receipt);
                    events.push(event);
                }
                (Ok(event), Some(reason)) => {
                    letters.push((receipt, OutcomeRecord::given_up(&flow, &event, reason)));
                }
                (Err(what), _) => {
                    letters.push((receipt, OutcomeRecord::undecodable(&flow, what.bytes, &what.error)));
                }
            }
        }
        let group = |(flow, (receipts, events)): (_, (_, Vec<Event>))| Group {
            flow,
            receipts,
            events: events.into(),
        };
        Self { groups: flows.into_iter().map(group).collect(), letters }
    }
}
