use std::time::Duration;

/// How much is measured, for how long. Everything is bounded.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Rounds of each measurement and its peer, in turn.
    pub(crate) rounds: usize,
    /// Load before a window opens.
    pub(crate) warm_up: Duration,
    /// The window that is measured.
    pub(crate) window: Duration,
    /// The most that a raw loop runs.
    pub(crate) peer: Duration,
    /// Writes of one sustained round.
    pub(crate) sustained: u64,
    /// Events of the soak and of the backlog that is drained.
    pub(crate) events: u64,
    /// Events of the backlog that a fleet's worker drains.
    pub(crate) backlog: u64,
    /// Items that are read from a fleet, each with three actions.
    pub(crate) items: u64,
    /// Rows of the shop's files that a peer repeats at most.
    pub(crate) rows: usize,
}

/// Connections in the accepted rounds.
pub(crate) const CONCURRENCIES: [usize; 3] = [1, 64, 256];
/// Connections of sustained writes.
pub(crate) const WRITERS: usize = 256;
/// Connections of reads.
pub(crate) const READERS: usize = 64;
/// The group size that the raw loop is measured at besides the one that the shop had.
pub(crate) const FIXED_GROUP: usize = 256;
/// How long anything may take that has an end of its own.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

impl Plan {
    pub(crate) fn new(quick: bool, events: Option<u64>) -> Self {
        let full = Self {
            rounds: 5,
            warm_up: Duration::from_secs(1),
            window: Duration::from_secs(4),
            peer: Duration::from_secs(4),
            sustained: 200_000,
            events: events.unwrap_or(1_000_000),
            backlog: events.unwrap_or(300_000),
            items: 25_000,
            rows: 200_000,
        };
        if !quick {
            return full;
        }
        Self {
            rounds: 3,
            warm_up: Duration::from_millis(500),
            window: Duration::from_millis(1_500),
            peer: Duration::from_millis(1_500),
            sustained: 60_000,
            events: events.unwrap_or(100_000),
            backlog: events.unwrap_or(50_000),
            items: 5_000,
            rows: 60_000,
        }
    }
}
