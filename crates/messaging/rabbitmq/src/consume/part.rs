use bytes::Bytes;
use pawnshop_events::{DecodeError, Event};
use pawnshop_messaging::Undecodable;

/// The most that the store files of one dead letter, in bytes; what is larger stays with the broker.
pub(super) const MAX_FILED: usize = 4 << 20;

/// What is filed of something larger.
const BEGINNING: usize = 4 << 10;

/// The most events that a message is believed to hold. Publishers stop at 256 (decision D8); a stranger's batch
/// of a million empty events must not become a million of anything here.
const MAX_MEMBERS: usize = 16_384;

/// One part of a message's body that is settled for itself.
#[derive(Debug)]
pub(super) enum Part {
    /// A member of a batch, encoded: an event, or the bytes in an event's place.
    Member(Bytes),
    /// A whole body that is no batch.
    Body(Bytes),
    /// Something too large to be filed, which was published whole to this queue.
    Elsewhere {
        /// All of it where neighbours keep the body in memory anyway, else its beginning.
        bytes: Bytes,
        /// The size of all of it.
        size: usize,
        /// Where it is.
        queue: String,
    },
}

impl Part {
    /// The parts of a body; none when it is empty.
    pub(super) fn of_body(body: Bytes) -> Vec<Self> {
        match Event::split_batch(body.clone(), MAX_MEMBERS) {
            Ok(members) => members.into_iter().map(Self::Member).collect(),
            Err(_) => vec![Self::Body(body)],
        }
    }

    /// All bytes that are at hand.
    pub(super) fn bytes(&self) -> &Bytes {
        match self {
            Self::Member(bytes) | Self::Body(bytes) | Self::Elsewhere { bytes, .. } => bytes,
        }
    }

    /// The same, letting go of the rest.
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Member(bytes) | Self::Body(bytes) | Self::Elsewhere { bytes, .. } => bytes,
        }
    }

    /// Whether it can be kept neither as an event nor as a dead letter.
    pub(super) fn is_oversized(&self) -> bool {
        matches!(self, Self::Member(bytes) | Self::Body(bytes) if bytes.len() > MAX_FILED)
    }

    /// The same after it was published to `queue`; `alone` in its message, it lets go of the body.
    pub(super) fn put_elsewhere(&mut self, queue: &str, alone: bool) {
        let (size, queue) = (self.bytes().len(), queue.to_owned());
        let bytes = if alone { beginning(self.bytes()) } else { self.bytes().clone() };
        *self = Self::Elsewhere { bytes, size, queue };
    }

    /// The event, or what there is instead.
    pub(super) fn event(&self) -> Result<Event, Undecodable> {
        let (bytes, error) = match self {
            Self::Member(bytes) => match Event::decode(bytes.clone()) {
                Ok(event) => return Ok(event),
                Err(error) => (bytes.clone(), error),
            },
            Self::Body(bytes) => {
                let error = Event::split_batch(bytes.clone(), MAX_MEMBERS).err();
                (bytes.clone(), error.unwrap_or(DecodeError::Batch))
            }
            Self::Elsewhere { bytes, size, queue } => {
                (beginning(bytes), DecodeError::Oversized { size: *size, queue: queue.clone() })
            }
        };
        Err(Undecodable { bytes, error })
    }
}

/// A copy, so that it keeps nothing else in memory.
fn beginning(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(&bytes[..bytes.len().min(BEGINNING)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use pawnshop_messaging::contract::event;

    #[test]
    fn one_bad_member_costs_its_neighbours_nothing() {
        let events = [event(1), event(2)];
        let encoded = [events[0].encode(), Bytes::from_static(b"bad"), events[1].encode()];
        let parts = Part::of_body(Event::join_batch(&encoded));
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0].event().unwrap(), events[0]);
        assert_eq!(parts[1].event().unwrap_err().bytes, "bad");
        assert_eq!(parts[2].event().unwrap(), events[1]);
    }

    #[test]
    fn a_body_that_is_no_batch_is_one_part_with_all_its_bytes() {
        for body in [b"not a batch".to_vec(), vec![0x0a, 200, 1], vec![0x0a; 100_000]] {
            let body = Bytes::from(body);
            let parts = Part::of_body(body.clone());
            assert_eq!(parts.len(), 1);
            assert_eq!(parts[0].event().unwrap_err().bytes, body);
        }
        assert!(Part::of_body(Bytes::new()).is_empty());
    }

    #[test]
    fn a_crowd_of_empty_members_is_no_batch() {
        let crowd = Bytes::from([0x0a, 0].repeat(MAX_MEMBERS + 1));
        assert_eq!(Part::of_body(crowd).len(), 1);
    }

    #[test]
    fn something_oversized_tells_where_it_is_and_how_it_begins() {
        let body = Bytes::from(vec![7; MAX_FILED + 1]);
        let mut part = Part::of_body(body).remove(0);
        assert!(part.is_oversized());
        part.put_elsewhere("shop.a.oversized", true);
        assert!(!part.is_oversized());
        let Undecodable { bytes, error } = part.event().unwrap_err();
        assert_eq!((bytes.len(), part.bytes().len()), (BEGINNING, BEGINNING));
        let told = error.to_string();
        assert!(told.contains("shop.a.oversized") && told.contains("4194305"), "{told}");
    }
}
