use bytes::{Bytes, BytesMut};
use pawnshop_events::Event;

/// The bytes of a message beyond which nothing is added to it (decision D8).
pub(super) const MESSAGE_BYTES: usize = 512 << 10;

/// The largest encoded event: RabbitMQ 4 closes channels at messages over 16 MiB; the margin is for what an event
/// grows by on its way through the retries.
pub(super) const LARGEST_EVENT: usize = (16 << 20) - (64 << 10);

/// Some events of one flow, as a `CloudEventBatch`. Joined batches are a batch of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Events {
    pub(super) body: Bytes,
    pub(super) events: usize,
}

impl Events {
    /// Whether both fit in one message.
    pub(super) fn fits(events: usize, bytes: usize, more: &Self, max_events: usize) -> bool {
        events + more.events <= max_events && bytes + more.body.len() <= MESSAGE_BYTES
    }
}

/// Splits encoded events into batches that are each fit for a message; an event over 512 KiB is alone in its own.
///
/// # Errors
/// The size of an event that no message may hold; then nothing is to be published.
pub(super) fn parts(encoded: impl Iterator<Item = Bytes>, max_events: usize) -> Result<Vec<Events>, usize> {
    let mut parts = Vec::with_capacity(1);
    let mut part = Joined::default();
    for event in encoded {
        if event.len() > LARGEST_EVENT {
            return Err(event.len());
        }
        let next = Events { body: Event::join_batch([&event]), events: 1 };
        if part.events > 0 && !Events::fits(part.events, part.bytes(), &next, max_events) {
            parts.push(std::mem::take(&mut part).finish());
        }
        part.add(next);
    }
    if part.events > 0 {
        parts.push(part.finish());
    }
    Ok(parts)
}

/// Batches on their way to being one; a single one is not copied.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) events: usize,
    first: Bytes,
    all: BytesMut,
}

impl Joined {
    pub(super) fn add(&mut self, more: Events) {
        if self.events == 0 {
            self.first = more.body;
        } else {
            if self.all.is_empty() {
                self.all.extend_from_slice(&self.first);
            }
            self.all.extend_from_slice(&more.body);
        }
        self.events += more.events;
    }

    pub(super) fn bytes(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    pub(super) fn finish(self) -> Events {
        let body = if self.all.is_empty() { self.first } else { self.all.freeze() };
        Events { body, events: self.events }
    }
}

#[cfg(test)]
mod tests;
