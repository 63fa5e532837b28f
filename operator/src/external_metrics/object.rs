//! One object, by its name: the right to watch it needs no right to others of its kind.

use crate::watches::{config, pauses};
use futures::StreamExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Error, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;

/// Gives the object to `take` as it is after each change of it, `None` while there is none; for ever, whatever fails
/// between. Each watch lasts so long. `looked` is called each time after all that is to be known for now was given.
pub(super) async fn follow<K>(
    api: Api<K>,
    name: String,
    lasting: Duration,
    mut take: impl FnMut(Option<K>),
    looked: impl Fn(),
) where
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
            Ok(Event::InitDone) => {
                if !is_listed {
                    take(None);
                }
                looked();
            }
            Ok(Event::Delete(_)) => take(None),
            Err(error) => {
                // What this process may not see is nothing to wait for.
                if is_refused(&error) {
                    looked();
                }
                crate::metrics::watch_failed(name.clone());
                tracing::warn!(name, %error, "cannot be watched; trying again");
            }
        }
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(error, Error::InitialListFailed(kube::Error::Api(status)) if status.is_forbidden())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, Response};
    use k8s_openapi::api::core::v1::Secret;
    use kube::Client;
    use kube::client::Body;
    use serde_json::{Value, json};
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// A cluster that gives this answer to every request.
    fn cluster(status: u16, answer: &Value) -> Client {
        let answer = answer.to_string();
        let service = tower::service_fn(move |_: Request<Body>| {
            let mut response = Response::new(Body::from(answer.clone().into_bytes()));
            *response.status_mut() = status.try_into().unwrap();
            async move { Ok::<_, tower::BoxError>(response) }
        });
        Client::new(service, "shops")
    }

    #[tokio::test]
    async fn nobody_waits_for_what_is_not_there_or_may_not_be_seen() {
        let list = json!({
            "apiVersion": "v1", "kind": "SecretList", "metadata": {"resourceVersion": "7"}, "items": [],
        });
        let refusal = json!({
            "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
            "message": "no", "reason": "Forbidden", "code": 403,
        });
        for (status, answer) in [(200, list), (403, refusal)] {
            let secrets = Api::<Secret>::namespaced(cluster(status, &answer), "shops");
            let (looked, mut looks) = mpsc::unbounded_channel();
            let following =
                follow(secrets, "a".to_owned(), PATIENCE, |_| {}, move || looked.send(()).unwrap());
            tokio::select! {
                () = following => panic!("it ended"),
                look = timeout(PATIENCE, looks.recv()) => assert_eq!(look.unwrap(), Some(()), "{status}"),
            }
        }
    }
}
