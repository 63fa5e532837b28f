use crate::EmbeddedOptions;
use crate::delays::Delays;
use crate::flow::FlowQueue;
use crate::room::Room;
use crate::tables::{self, Contents, SCHEMA};
use crate::work::Work;
use pawnshop_domain::FlowName;
use pawnshop_messaging::Receipt;
use pawnshop_sqlite::{DataFolder, Database, GroupOptions, GroupWriter, OpenError, SqliteError};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

const FILE: &str = "queue.db";

/// The open file and all that is known of it in memory. Fields are dropped in order: the writer commits what it
/// has accepted before the folder is anybody else's.
pub(crate) struct Storage {
    pub(crate) writer: GroupWriter<Work>,
    pub(crate) database: Database,
    pub(crate) flows: Flows,
    pub(crate) room: Arc<Room>,
    pub(crate) delays: Arc<Delays>,
    pub(crate) options: EmbeddedOptions,
    receipts: AtomicU64,
    _folder: DataFolder,
}

impl Storage {
    /// Opens `queue.db` in the folder and counts what it holds.
    pub(crate) fn open(folder: &DataFolder, options: EmbeddedOptions) -> Result<Self, OpenError> {
        let path = folder.file(FILE);
        let database = Database::open(&path, &SCHEMA, options.synchronous)?;
        let (flows, next_due) = load(&database).map_err(|error| unreadable(&path, error))?;
        let delays = Arc::new(Delays::default());
        delays.replace(next_due);
        let (mut events, mut bytes) = (0, 0);
        for (_, contents) in &flows {
            events += contents.events + contents.delayed;
            bytes += contents.bytes;
        }
        let writer = GroupWriter::start(
            &database,
            GroupOptions { timeout: options.timeout, ..GroupOptions::default() },
        )?;
        Ok(Self {
            writer,
            database,
            flows: Flows::new(flows),
            room: Room::new(&options, events, bytes),
            delays,
            options,
            receipts: AtomicU64::new(0),
            _folder: folder.clone(),
        })
    }

    /// The queue of a declared flow.
    pub(crate) fn flow(&self, name: &FlowName) -> Option<Arc<FlowQueue>> {
        self.flows.get(name.as_str())
    }

    /// A receipt that no other delivery has, whoever its consumer is.
    pub(crate) fn next_receipt(&self) -> Receipt {
        Receipt(self.receipts.fetch_add(1, Ordering::Relaxed))
    }
}

/// The declared flows' queues by name.
#[derive(Clone)]
pub(crate) struct Flows(Arc<RwLock<HashMap<String, Arc<FlowQueue>>>>);

impl Flows {
    fn new(flows: Vec<(FlowName, Contents)>) -> Self {
        let queue =
            |(name, contents): (FlowName, Contents)| (name.to_string(), FlowQueue::new(name, contents));
        Self(Arc::new(RwLock::new(flows.into_iter().map(queue).collect())))
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<FlowQueue>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<Arc<FlowQueue>> {
        let mut all: Vec<_> =
            self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Adds a queue whose table was just made; one that is there stays.
    pub(crate) fn add(&self, name: &FlowName) {
        let mut flows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        flows.entry(name.to_string()).or_insert_with(|| FlowQueue::new(name.clone(), Contents::default()));
    }
}

type Loaded = (Vec<(FlowName, Contents)>, Option<i64>);

fn load(database: &Database) -> Result<Loaded, SqliteError> {
    database.read_blocking(|connection| {
        let flows = tables::flows(connection)?
            .into_iter()
            .map(|flow| tables::contents(connection, &flow).map(|contents| (flow, contents)))
            .collect::<Result<_, _>>()?;
        Ok((flows, tables::next_due(connection)?))
    })
}

fn unreadable(path: &Path, error: SqliteError) -> OpenError {
    let path = path.to_owned();
    match error {
        SqliteError::Damaged(source) => OpenError::Corrupt { path, why: source.to_string() },
        SqliteError::Full(source) | SqliteError::Unavailable(source) | SqliteError::Statement(source) => {
            OpenError::Open { path, source }
        }
        SqliteError::Busy(_) | SqliteError::TimedOut(_) | SqliteError::Closed => {
            OpenError::Start { path, why: error.to_string() }
        }
    }
}
