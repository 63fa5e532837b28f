//! Notes whenever a shop is told to be anything but ready.

use futures::StreamExt;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};
use pawnshop_resource::PawnShop;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tokio_util::task::AbortOnDropHandle;

pub(crate) struct Observer {
    noted: Arc<Mutex<Vec<String>>>,
    _task: AbortOnDropHandle<()>,
}

impl Observer {
    /// Of a shop that is ready now.
    pub(crate) fn of(shops: Api<PawnShop>, name: &str) -> Self {
        let noted = Arc::<Mutex<Vec<String>>>::default();
        let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
        let task = tokio::spawn({
            let noted = Arc::clone(&noted);
            async move {
                let mut changes = pin!(watcher(shops, config).default_backoff().applied_objects());
                while let Some(change) = changes.next().await {
                    // A watch that breaks begins anew, with the shop as it is then.
                    let Ok(shop) = change else { continue };
                    let conditions = shop.status.unwrap_or_default().conditions;
                    let ready = conditions.into_iter().find(|condition| condition.type_ == "Ready");
                    if let Some(not) = ready.filter(|ready| ready.status != "True") {
                        noted.lock().unwrap().push(format!("{}: {}", not.reason, not.message));
                    }
                }
            }
        });
        Self { noted, _task: AbortOnDropHandle::new(task) }
    }

    /// What was told when it was not ready.
    pub(crate) fn noted(&self) -> Vec<String> {
        self.noted.lock().unwrap().clone()
    }
}
