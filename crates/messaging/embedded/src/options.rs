use pawnshop_messaging::RetrySchedule;
use pawnshop_sqlite::Synchronous;
use std::time::Duration;

/// Bounds and behaviour of an embedded queue.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// The delay tiers that a retry may name.
    pub schedule: RetrySchedule,
    /// Events that the queue holds at most, delayed ones included; more are refused as `Full`.
    pub max_events: u64,
    /// Encoded bytes that the queue holds at most, delayed events included; more are refused as `Full`.
    pub max_bytes: u64,
    /// The largest event, encoded; a larger one is refused as `TooLarge`.
    pub max_event_bytes: usize,
    /// Encoded bytes that wait for their commit at most; more are refused as `Full`. Bounds memory where
    /// the disk is slower than the publishers.
    pub max_unwritten_bytes: u64,
    /// Encoded bytes after which a `receive` stops short of its `max`, so that large events do not fill memory.
    pub max_receive_bytes: usize,
    /// How long a publish or a settle takes at most.
    pub timeout: Duration,
    /// Whether a commit waits for the disk.
    pub synchronous: Synchronous,
}

impl Default for EmbeddedOptions {
    /// 10 million events, 8 GiB, events of 1 MiB, 64 MiB unwritten, 8 MiB a receive, 10 s, synced.
    fn default() -> Self {
        Self {
            schedule: RetrySchedule::default(),
            max_events: 10_000_000,
            max_bytes: 8 << 30,
            max_event_bytes: 1 << 20,
            max_unwritten_bytes: 64 << 20,
            max_receive_bytes: 8 << 20,
            timeout: Duration::from_secs(10),
            synchronous: Synchronous::Full,
        }
    }
}
