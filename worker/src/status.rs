use pawnshop_domain::FlowName;
use pawnshop_scaling::Backlog;
use tokio::time::Instant;

/// A fleet's load at its last samples.
#[derive(Clone, Debug)]
pub struct FleetStatus {
    /// Each pool.
    pub pools: Vec<PoolStatus>,
    /// The dependencies that do not answer; the flows that need them stand still.
    pub unavailable: Vec<&'static str>,
    /// Workers that have held the same batch for longer than
    /// [`busy_after`](crate::FleetOptions::busy_after): they work, however little is left in the queue.
    pub busy_workers: usize,
    /// Handlers that run on after their deadline although they were told to end: a reason to restart the
    /// process.
    pub stuck_handlers: usize,
}

impl FleetStatus {
    /// What a liveness probe says of the handlers.
    ///
    /// # Errors
    /// How many run on, in a sentence.
    pub fn no_handler_is_stuck(&self) -> Result<(), String> {
        match self.stuck_handlers {
            0 => Ok(()),
            stuck => Err(format!("{stuck} of them run on although they were told to end")),
        }
    }
}

/// A pool's load.
#[derive(Clone, Debug)]
pub struct PoolStatus {
    /// Its name.
    pub name: String,
    /// Workers that receive; those that drain are no longer counted.
    pub workers: u32,
    /// The sum of its flows' backlogs.
    pub backlog: Backlog,
    /// When they were last read, or it was tried; `None` before the first time.
    pub read_at: Option<Instant>,
    /// Each of its flows.
    pub flows: Vec<FlowStatus>,
    /// Whether it is kept without workers.
    pub paused: bool,
}

/// A flow's load.
#[derive(Clone, Debug)]
pub struct FlowStatus {
    /// Its name.
    pub name: FlowName,
    /// Events ready or unacknowledged.
    pub backlog: Backlog,
}
