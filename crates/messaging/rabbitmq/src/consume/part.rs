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
    /// Something too large to be filed. It is published whole to a queue for that when it is settled as done.
    Oversized(Oversized),
}

/// What the store cannot file.
#[derive(Clone, Debug)]
pub(super) struct Oversized {
    /// All of it.
    pub(super) bytes: Bytes,
    /// Where it is put.
    pub(super) queue: String,
    /// Whether it is a batch's member, or a whole body that is no batch.
    pub(super) is_member: bool,
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
            Self::Member(bytes) | Self::Body(bytes) | Self::Oversized(Oversized { bytes, .. }) => bytes,
        }
    }

    /// The same, letting go of the rest.
    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Member(bytes) | Self::Body(bytes) | Self::Oversized(Oversized { bytes, .. }) => bytes,
        }
    }

    /// The same, to be put to `queue` if it can be kept neither as an event nor as a dead letter.
    pub(super) fn with_oversized(self, queue: impl FnOnce() -> String) -> Self {
        match self {
            Self::Member(bytes) if bytes.len() > MAX_FILED => {
                Self::Oversized(Oversized { bytes, queue: queue(), is_member: true })
            }
            Self::Body(bytes) if bytes.len() > MAX_FILED => {
                Self::Oversized(Oversized { bytes, queue: queue(), is_member: false })
            }
            part => part,
        }
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
            Self::Oversized(Oversized { bytes, queue, .. }) => {
                (beginning(bytes), DecodeError::Oversized { size: bytes.len(), queue: queue.clone() })
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
    fn something_oversized_tells_where_it_is_put_and_how_it_begins() {
        let body = Bytes::from(vec![7; MAX_FILED + 1]);
        let part = Part::of_body(body).remove(0).with_oversized(|| "shop.a.oversized".to_owned());
        let Undecodable { bytes, error } = part.event().unwrap_err();
        assert_eq!((bytes.len(), part.bytes().len()), (BEGINNING, MAX_FILED + 1));
        let told = error.to_string();
        assert!(told.contains("shop.a.oversized") && told.contains("4194305"), "{told}");
    }
}
