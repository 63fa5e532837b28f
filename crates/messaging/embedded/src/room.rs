use crate::EmbeddedOptions;
use pawnshop_messaging::PublishError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much the queue holds, and its bounds.
#[derive(Debug)]
pub(crate) struct Room {
    max_events: u64,
    max_bytes: u64,
    max_unwritten_bytes: u64,
    used: Mutex<Used>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Used {
    events: u64,
    bytes: u64,
    unwritten_bytes: u64,
}

impl Room {
    /// Room with what the file already holds taken off it.
    pub(crate) fn new(options: &EmbeddedOptions, events: u64, bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            max_events: options.max_events,
            max_bytes: options.max_bytes,
            max_unwritten_bytes: options.max_unwritten_bytes,
            used: Mutex::new(Used { events, bytes, unwritten_bytes: 0 }),
        })
    }

    /// Takes room for events that are about to be written.
    pub(crate) fn reserve(self: &Arc<Self>, events: u64, bytes: u64) -> Result<Reservation, PublishError> {
        let full = |what: String| Err(PublishError::Full(what));
        let mut used = self.used();
        if used.events.saturating_add(events) > self.max_events {
            return full(format!("it holds {} of at most {} events", used.events, self.max_events));
        }
        if used.bytes.saturating_add(bytes) > self.max_bytes {
            return full(format!("it holds {} of at most {} bytes", used.bytes, self.max_bytes));
        }
        // Whatever its size, a publish that has the writer to itself goes through.
        if used.unwritten_bytes > 0 && used.unwritten_bytes.saturating_add(bytes) > self.max_unwritten_bytes {
            return full(format!("{} bytes wait to be written", used.unwritten_bytes));
        }
        used.events += events;
        used.bytes += bytes;
        used.unwritten_bytes += bytes;
        drop(used);
        Ok(Reservation { room: Arc::clone(self), events, bytes, written: false.into() })
    }

    /// Gives back the room of events that have ended.
    pub(crate) fn release(&self, events: u64, bytes: u64) {
        let mut used = self.used();
        used.events = used.events.saturating_sub(events);
        used.bytes = used.bytes.saturating_sub(bytes);
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room taken by one publish; given back when dropped unless it was written.
#[derive(Debug)]
pub(crate) struct Reservation {
    room: Arc<Room>,
    pub(crate) events: u64,
    bytes: u64,
    written: std::sync::atomic::AtomicBool,
}

impl Reservation {
    /// The events are in the queue now: their room stays taken.
    pub(crate) fn keep(&self) {
        self.written.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut used = self.room.used();
        used.unwritten_bytes = used.unwritten_bytes.saturating_sub(self.bytes);
        drop(used);
        if !*self.written.get_mut() {
            self.room.release(self.events, self.bytes);
        }
    }
}
