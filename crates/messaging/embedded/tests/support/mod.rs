use async_trait::async_trait;
use pawnshop_messaging::contract::Backend;
use pawnshop_messaging::{Broker, RetrySchedule};
use pawnshop_messaging_embedded::{DataFolder, EmbeddedBroker, EmbeddedOptions};
use std::sync::Arc;
use tempfile::TempDir;

/// An embedded queue in a folder of its own.
pub(crate) struct Embedded {
    broker: Arc<EmbeddedBroker>,
    options: EmbeddedOptions,
    folder: TempDir,
    /// What a crash left behind: still open, as far as it knows.
    _before: Option<Box<Embedded>>,
}

impl Embedded {
    fn open(options: EmbeddedOptions, folder: TempDir, before: Option<Box<Embedded>>) -> Self {
        let data = DataFolder::open(folder.path()).unwrap();
        let broker = EmbeddedBroker::open(&data, options.clone()).unwrap();
        Self { broker: Arc::new(broker), options, folder, _before: before }
    }
}

#[async_trait]
impl Backend for Embedded {
    async fn start(schedule: RetrySchedule) -> Self {
        let options = EmbeddedOptions { schedule, ..EmbeddedOptions::default() };
        Self::open(options, tempfile::tempdir().unwrap(), None)
    }

    fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.broker) as Arc<dyn Broker>
    }

    /// Opens what lies on the disk now, while the old process's memory has no chance to tidy up.
    async fn crash(self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["queue.db", "queue.db-wal"] {
            std::fs::copy(self.folder.path().join(name), folder.path().join(name)).unwrap();
        }
        Self::open(self.options.clone(), folder, Some(Box::new(self)))
    }
}
