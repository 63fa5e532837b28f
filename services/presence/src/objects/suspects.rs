//! Objects that are refused while others are answered for.

use crate::model::ObjectId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How often an object is refused, and others are answered for in between, until that is its own error.
const ENOUGH: u32 = 3;

/// Objects that are remembered. One more, and all are forgotten: each must be refused so often anew.
const MOST: usize = 1_024;

/// Tells a service that refuses one object from one that refuses all.
///
/// A gateway's 503 may mean either. Taken for the service's, it holds the flow for the sake of one object, for ever;
/// taken for the object's, it costs every event its attempts while the service is away. What tells is what becomes of
/// others: a service that is away answers for none.
#[derive(Default)]
pub(super) struct Suspects(Mutex<State>);

#[derive(Default)]
struct State {
    /// Objects answered for so far.
    answers: u64,
    refused: HashMap<ObjectId, Refused>,
}

/// An object that was refused, and not answered for since.
#[derive(Default)]
struct Refused {
    times: u32,
    /// `State::answers` when it was refused last.
    answers: Option<u64>,
}

impl Suspects {
    /// The service answered for this object.
    pub(super) fn answered(&self, id: &ObjectId) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers += 1;
        state.refused.remove(id);
    }

    /// The service refused this object. Whether that is the object's own error: it was refused often enough, and others
    /// were answered for before each time.
    pub(super) fn refused(&self, id: &ObjectId) -> bool {
        let State { answers, refused } = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MOST && !refused.contains_key(id) {
            refused.clear();
        }
        let object = refused.entry(id.clone()).or_default();
        if object.answers.replace(*answers) == Some(*answers) {
            return false;
        }
        object.times = object.times.saturating_add(1);
        object.times >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> ObjectId {
        number.into()
    }

    #[test]
    fn who_is_refused_again_and_again_while_others_are_answered_for_has_an_error_of_its_own() {
        let suspects = Suspects::default();
        for own in [false, false, true, true] {
            assert_eq!(suspects.refused(&id(1)), own);
            suspects.answered(&id(2));
        }
        suspects.answered(&id(1));
        assert!(!suspects.refused(&id(1)), "it was answered for");
    }

    #[test]
    fn where_nobody_is_answered_for_it_is_nobodys_own() {
        let suspects = Suspects::default();
        for _ in 0..5 {
            assert!((1..=20).all(|number| !suspects.refused(&id(number))));
        }
        suspects.answered(&id(0));
        assert!(!suspects.refused(&id(1)), "the second time that counts");
    }

    #[test]
    fn a_thousand_are_remembered_and_no_more() {
        let suspects = Suspects::default();
        for number in 0..10 * MOST as i64 {
            assert!(!suspects.refused(&id(number)));
            suspects.answered(&id(-1));
        }
        assert!(suspects.0.lock().unwrap().refused.len() <= MOST);
    }
}
