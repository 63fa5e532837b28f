//! What becomes of a look-up: pure.

use crate::{Behaviour, ObjectId};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What an object is, for as long as the behaviour is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// One with a state, which look-ups tell.
    Known {
        /// The state.
        online: bool,
    },
    /// One that there is not.
    Unknown,
    /// One whose every look-up fails.
    Broken,
}

/// What becomes of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing.
    Hangs,
    /// It is answered.
    Answered {
        /// So long after it began.
        after: Duration,
        /// Like this.
        answer: Answer,
    },
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The object's state.
    State {
        online: bool,
    },
    /// 404.
    Unknown,
    /// 500.
    Failure,
    Nonsense(Nonsense),
}

/// An answer, nearly, that tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nonsense {
    /// A page for people, with status 200.
    Page,
    /// JSON without the state.
    NoState,
    /// JSON whose state is a word.
    Words,
    /// Another object's state.
    Another,
    /// A redirect.
    Elsewhere,
}

impl Nonsense {
    const ALL: [Self; 5] = [Self::Page, Self::NoState, Self::Words, Self::Another, Self::Elsewhere];
}

impl Behaviour {
    /// What an object is.
    pub fn object(&self, id: &ObjectId) -> Object {
        // Look-ups count from 1.
        let mut draws = self.draws(id, 0);
        let online = draws.random_bool(self.online.get());
        if draws.random_bool(self.broken.get()) {
            Object::Broken
        } else if draws.random_bool(self.unknown.get()) {
            Object::Unknown
        } else {
            Object::Known { online }
        }
    }

    /// What becomes of an object's look-up of this number, from 1.
    pub(crate) fn fate(&self, id: &ObjectId, number: u64) -> Fate {
        let mut draws = self.draws(id, number);
        let after = draws.random_range(*self.latency.start()..=*self.latency.start().max(self.latency.end()));
        let chance = draws.random::<f64>();
        let (hangs, errors, nonsense) = (self.hangs.get(), self.errors.get(), self.nonsense.get());
        if chance < hangs {
            return Fate::Hangs;
        }
        let answer = if chance < hangs + errors {
            Answer::Failure
        } else if chance < hangs + errors + nonsense {
            let which = Nonsense::ALL.choose(&mut draws).copied();
            Answer::Nonsense(which.unwrap_or(Nonsense::Page))
        } else {
            match self.object(id) {
                Object::Known { online } => Answer::State { online },
                Object::Unknown => Answer::Unknown,
                Object::Broken => Answer::Failure,
            }
        };
        Fate::Answered { after, answer }
    }

    /// The same for the same seed, object and number, and of no other's.
    fn draws(&self, id: &ObjectId, number: u64) -> StdRng {
        let hasher = Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(number.to_be_bytes());
        let digest = match id {
            ObjectId::Integer(id) => hasher.chain_update(id.to_be_bytes()),
            ObjectId::Text(id) => hasher.chain_update(id),
        };
        StdRng::from_seed(digest.finalize().into())
    }
}

#[cfg(test)]
mod tests;
