use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Items that are remembered, to act on; older ones are forgotten.
const PLACES: usize = 50_000;

/// The items that the shop has acknowledged, known to every client.
#[derive(Default)]
pub(super) struct Shelf(Mutex<VecDeque<String>>);

impl Shelf {
    pub(super) fn put(&self, item_id: String) {
        let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if items.len() == PLACES {
            items.pop_front();
        }
        items.push_back(item_id);
    }

    /// The item at the place that `choose` takes of so many; `None` while there is none.
    pub(super) fn take_at(&self, choose: impl FnOnce(usize) -> usize) -> Option<String> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if items.is_empty() { None } else { items.get(choose(items.len())).cloned() }
    }
}
