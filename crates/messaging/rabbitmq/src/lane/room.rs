use pawnshop_messaging::PublishError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much waits to be published or confirmed, and the bounds of that: what a slow broker can cost in memory.
#[derive(Debug)]
pub(crate) struct Room {
    max: Amount,
    used: Mutex<Amount>,
}

/// Events and their encoded bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// Room that is taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    room: Arc<Room>,
    taken: Amount,
}

impl Room {
    pub(crate) fn new(max: Amount) -> Arc<Self> {
        Arc::new(Self { max, used: Mutex::default() })
    }

    /// Takes room for events that are about to wait. Whatever its size, a publish that has all room to itself is
    /// let in.
    pub(crate) fn reserve(self: &Arc<Self>, wanted: Amount) -> Result<Reservation, PublishError> {
        let mut used = self.used();
        let after = Amount { events: used.events + wanted.events, bytes: used.bytes + wanted.bytes };
        if used.events > 0 && (after.events > self.max.events || after.bytes > self.max.bytes) {
            let (events, bytes) = (used.events, used.bytes);
            return Err(PublishError::Full(format!("{events} events of {bytes} bytes wait for the broker")));
        }
        *used = after;
        drop(used);
        Ok(Reservation { room: Arc::clone(self), taken: wanted })
    }

    fn used(&self) -> MutexGuard<'_, Amount> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// A part of this reservation, to be given back for itself.
    pub(crate) fn part(&mut self, part: Amount) -> Self {
        self.taken.events = self.taken.events.saturating_sub(part.events);
        self.taken.bytes = self.taken.bytes.saturating_sub(part.bytes);
        Self { room: Arc::clone(&self.room), taken: part }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut used = self.room.used();
        used.events = used.events.saturating_sub(self.taken.events);
        used.bytes = used.bytes.saturating_sub(self.taken.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(events: usize, bytes: usize) -> Amount {
        Amount { events, bytes }
    }

    #[test]
    fn room_is_bounded_in_events_and_bytes_and_comes_back_part_by_part() {
        let room = Room::new(amount(10, 100));
        let mut all = room.reserve(amount(10, 50)).unwrap();
        assert!(matches!(room.reserve(amount(1, 1)), Err(PublishError::Full(_))));
        drop(all.part(amount(4, 20)));
        assert!(matches!(room.reserve(amount(1, 80)), Err(PublishError::Full(_))), "bytes");
        let more = room.reserve(amount(4, 70)).unwrap();
        drop((all, more));
        assert_eq!(*room.used(), Amount::default());
    }

    #[test]
    fn a_publish_beyond_the_bound_is_let_in_when_it_is_alone() {
        let room = Room::new(amount(10, 100));
        let _alone = room.reserve(amount(11, 1_000)).unwrap();
        assert!(room.reserve(amount(1, 1)).is_err());
    }
}
