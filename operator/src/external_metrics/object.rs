//! One object, by its name: the right to watch it needs no right to others of its kind.

use crate::watches::{config, pauses};
use futures::StreamExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;

/// Gives the object to `take` as it is after each change of it, `None` while there is none; for ever, whatever fails
/// between. Each watch lasts so long.
pub(super) async fn follow<K>(api: Api<K>, name: String, lasting: Duration, mut take: impl FnMut(Option<K>))
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let config = config(lasting).fields(&format!("metadata.name={name}"));
    let mut events = pin!(watcher(api, config).backoff(pauses()));
    let mut is_listed = false;
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => is_listed = false,
            Ok(Event::InitApply(object)) => {
                is_listed = true;
                take(Some(object));
            }
            Ok(Event::Apply(object)) => take(Some(object)),
            Ok(Event::InitDone) if is_listed => {}
            Ok(Event::InitDone | Event::Delete(_)) => take(None),
            Err(error) => {
                crate::metrics::watch_failed(name.clone());
                tracing::warn!(name, %error, "cannot be watched; trying again");
            }
        }
    }
}
