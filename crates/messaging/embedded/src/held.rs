use crate::flow::Lease;
use pawnshop_messaging::Receipt;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What one consumer holds: its leases by receipt.
#[derive(Debug, Default)]
pub(crate) struct Held {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    leases: HashMap<Receipt, Lease>,
    closed: bool,
}

impl Held {
    /// Takes a lease into the consumer's hands.
    pub(crate) fn hold(&self, receipt: Receipt, lease: Lease) {
        let mut state = self.state();
        if state.closed {
            drop(state);
            lease.flow.give_back(lease.seq);
        } else {
            state.leases.insert(receipt, lease);
        }
    }

    /// Takes a lease out of the consumer's hands; `None` when it is not there, or no more.
    pub(crate) fn take(&self, receipt: Receipt) -> Option<Lease> {
        self.state().leases.remove(&receipt)
    }

    /// Returns everything to its flow, now and whatever comes later.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let leases = std::mem::take(&mut state.leases);
        drop(state);
        for lease in leases.into_values() {
            lease.flow.give_back(lease.seq);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
