//! Which shop is looked at when: after each change of it or of its objects, of its broker, of what the cluster has,
//! and after a while anyway; one that fails, after ever longer pauses, and without holding up another.

use crate::children::ShopKey;
use crate::reconcile::{Context, ReconcileError, key, looks, reconcile};
use crate::watches::{Scope, config, pauses};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::controller::{Action, Config, Error};
use kube::runtime::reflector::{self, ObjectRef, Store};
use kube::runtime::watcher::{self, Event, watcher};
use kube::runtime::{WatchStreamExt, applier};
use pawnshop_resource::PawnShop;
use rand::RngExt;
use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::{ReceiverStream, WatchStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// The pauses after failures of a shop: doubling, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How much at once, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Shops that are worked on at once, at most.
    pub concurrency: u16,
    /// How long one watch lasts.
    pub watch: Duration,
}

/// Reconciles shops until `stop`, and ends what is under way then. `changed`: shops whose objects or brokers changed.
pub async fn run(
    context: Arc<Context>,
    scope: Scope,
    changed: mpsc::Receiver<ShopKey>,
    pace: Pace,
    stop: CancellationToken,
) {
    let (reader, writer) = reflector::store();
    let shops = match &scope {
        Scope::Cluster => Api::all(context.client.clone()),
        Scope::Namespace(namespace) => Api::namespaced(context.client.clone(), namespace),
    };
    let watched =
        watcher(shops, config(pace.watch)).backoff(pauses()).modify(forget_what_is_not_read).reflect(writer);
    let of_shops = of_shops(watched, reader.clone(), Arc::clone(&context));
    let of_objects = ReceiverStream::new(changed).map(|shop| reference(&shop)).boxed();
    let triggers = stream::select_all([of_shops, of_objects, of_everything(&context, reader.clone())]);
    let triggers = triggers.map(Ok::<_, Infallible>).take_until(stop.cancelled_owned());

    let config = Config::default().concurrency(pace.concurrency);
    let reconciled = applier(one, pause_after, Arc::clone(&context), reader, triggers, config);
    let noted = reconciled.map(|result| note(result, &context));
    noted.for_each(async |()| {}).await;
}

/// The shops that a watch on them tells to look at. A status concerns nobody (decision K9).
fn of_shops(
    events: impl Stream<Item = watcher::Result<Event<PawnShop>>> + Send + 'static,
    store: Store<PawnShop>,
    context: Arc<Context>,
) -> BoxStream<'static, ObjectRef<PawnShop>> {
    let mut seen = HashMap::new();
    let triggers = events.flat_map(move |event| {
        let changed: Vec<Arc<PawnShop>> = match event {
            Ok(Event::Apply(shop)) => vec![Arc::new(shop)],
            // Only now are they in the store.
            Ok(Event::InitDone) => {
                context.caches.filled("PawnShop");
                let listed = store.state();
                forget_unlisted(&mut seen, &listed, &context);
                listed
            }
            Ok(Event::Delete(shop)) => {
                seen.remove(&key(&shop));
                forget(&key(&shop), &context);
                // Where it is being worked on, that ends first, and then it is not found.
                return stream::iter(vec![ObjectRef::from_obj(&shop)]);
            }
            Ok(Event::Init | Event::InitApply(_)) => Vec::new(),
            Err(error) => {
                crate::metrics::watch_failed("PawnShop");
                tracing::warn!(%error, "shops cannot be watched; trying again");
                Vec::new()
            }
        };
        let changed = changed.into_iter().filter(|shop| {
            let looks = looks(shop);
            seen.insert(key(shop), looks) != Some(looks)
        });
        stream::iter(changed.map(|shop| ObjectRef::from_obj(shop.as_ref())).collect::<Vec<_>>())
    });
    triggers.boxed()
}

/// All shops, when this process becomes the leader, and when the cluster has other APIs than before or its
/// external metrics are another's.
fn of_everything(context: &Arc<Context>, store: Store<PawnShop>) -> BoxStream<'static, ObjectRef<PawnShop>> {
    let mut leadership = context.leadership.clone();
    let led = async move { leadership.held().await }.into_stream();
    let capabilities = WatchStream::from_changes(context.capabilities.clone()).map(|_| ());
    let registration = WatchStream::from_changes(context.registration.clone()).map(|_| ());
    let all = stream::select(stream::select(led, capabilities), registration).flat_map(move |()| {
        let shops = store.state().into_iter().map(|shop| ObjectRef::from_obj(shop.as_ref()));
        stream::iter(shops.collect::<Vec<_>>())
    });
    all.boxed()
}

fn forget_unlisted(seen: &mut HashMap<ShopKey, u64>, listed: &[Arc<PawnShop>], context: &Context) {
    let listed: std::collections::HashSet<_> = listed.iter().map(|shop| key(shop)).collect();
    seen.retain(|shop, _| {
        let stays = listed.contains(shop);
        if !stays {
            forget(shop, context);
        }
        stays
    });
}

fn forget(shop: &ShopKey, context: &Context) {
    context.memory.forget(shop);
    context.brokers.forget(shop);
    context.stores.forget(shop);
    context.scalers.forget(shop);
    crate::metrics::gone(shop);
}

/// Of what many shops hold, what nobody here reads.
fn forget_what_is_not_read(shop: &mut PawnShop) {
    shop.metadata.managed_fields = None;
    shop.annotations_mut().remove("kubectl.kubernetes.io/last-applied-configuration");
}

fn reference(shop: &ShopKey) -> ObjectRef<PawnShop> {
    ObjectRef::new(&shop.1).within(&shop.0)
}

type Reconciling = Pin<Box<dyn Future<Output = Result<Action, ReconcileError>> + Send>>;

/// One reconciliation, in a task of its own: should it panic, it fails alone.
fn one(shop: Arc<PawnShop>, context: Arc<Context>) -> Reconciling {
    let task = AbortOnDropHandle::new(tokio::spawn(reconcile(shop, context)));
    Box::pin(async move {
        let begun = Instant::now();
        let done = task.await.unwrap_or(Err(ReconcileError::Died));
        crate::metrics::reconciled(begun.elapsed(), done.as_ref().err().map(ReconcileError::kind));
        done
    })
}

fn pause_after(shop: Arc<PawnShop>, _: &ReconcileError, context: Arc<Context>) -> Action {
    Action::requeue(pause(context.memory.failed(&key(&shop))))
}

/// The pause after so many failures in a row.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST_PAUSE).mul_f64(rand::rng().random_range(0.8..1.2))
}

fn note(result: Result<(ObjectRef<PawnShop>, Action), Error<ReconcileError, Infallible>>, context: &Context) {
    match result {
        Ok((shop, _)) => tracing::debug!(%shop, "reconciled"),
        Err(Error::ReconcilerFailed(error, shop)) => {
            tracing::warn!(shop = format!("{}/{}", shop.namespace.unwrap_or_default(), shop.name), %error, "not reconciled; trying again");
        }
        // It was deleted while it waited, or while it was worked on, which then left something of it here.
        Err(Error::ObjectNotFound(shop)) => {
            tracing::debug!(%shop, "gone");
            forget(&(shop.namespace.unwrap_or_default(), shop.name), context);
        }
        Err(error) => tracing::error!(%error, "the queue of shops failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_have_an_end() {
        let bounds = |failures| {
            let pauses: Vec<_> = (0..100).map(|_| pause(failures)).collect();
            (pauses.iter().min().copied().unwrap(), pauses.iter().max().copied().unwrap())
        };
        let (_, first) = bounds(1);
        let (third, _) = bounds(3);
        assert!(first <= Duration::from_millis(600) && third >= Duration::from_millis(1600));
        let (least, most) = bounds(u32::MAX);
        assert!(least >= Duration::from_secs(48) && most <= Duration::from_secs(72));
    }

    #[test]
    fn a_status_alone_is_no_reason_to_look_and_any_other_change_is() {
        let shop = PawnShop::built_in();
        let mut with_status = shop.clone();
        with_status.status = Some(Default::default());
        with_status.metadata.resource_version = Some("9".to_owned());
        assert_eq!(looks(&shop), looks(&with_status));
        let mut paused = shop.clone();
        paused.annotations_mut().insert("pawnshop.dev/paused-scaling".to_owned(), "true".to_owned());
        assert_ne!(looks(&shop), looks(&paused));
        let mut labelled = shop.clone();
        labelled.labels_mut().insert("example.com/rotated".to_owned(), "today".to_owned());
        assert_ne!(looks(&shop), looks(&labelled));
        let mut changed = shop.clone();
        changed.metadata.generation = Some(2);
        assert_ne!(looks(&shop), looks(&changed));
    }
}
