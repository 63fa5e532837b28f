//! Writers and readers of a shop, and a ledger of all that they were told, by which the shop is then judged.

use crate::door::{Answer, Door};
use crate::kube_api::eventually;
use crate::servers::Servers;
use mongodb::bson::doc;
use rand::RngExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const WRITERS: usize = 2;
const READERS: usize = 2;
/// A request of each of them in so long: the story is about what happens, not about how much.
const PACE: Duration = Duration::from_millis(25);
/// Purchases of each item.
const PURCHASES: usize = 2;

/// Requests under way.
pub(crate) struct Load {
    name: &'static str,
    ledger: Arc<Mutex<Ledger>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// What was written, and what was told.
#[derive(Debug, Default)]
struct Ledger {
    /// The acknowledged items, each with the events of its acknowledged purchases.
    items: BTreeMap<String, BTreeSet<String>>,
    /// Items that a reader has seen.
    seen: BTreeSet<String>,
    reads: u64,
    failed_reads: Vec<String>,
    failed_writes: Vec<String>,
}

impl Load {
    /// Begins; its items' names begin with `name`.
    pub(crate) fn begin(door: &Door, name: &'static str) -> Self {
        let (ledger, stop) = (Arc::<Mutex<Ledger>>::default(), CancellationToken::new());
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            tasks.spawn(write(door.clone(), format!("{name}-{writer}"), Arc::clone(&ledger), stop.clone()));
        }
        for _ in 0..READERS {
            tasks.spawn(read(door.clone(), Arc::clone(&ledger), stop.clone()));
        }
        Self { name, ledger, stop, tasks }
    }

    /// Waits until so many more reads were answered and so many more items acknowledged.
    pub(crate) async fn goes_on(&self, more: usize) {
        let counts = || {
            let ledger = self.ledger.lock().unwrap();
            (ledger.reads, ledger.items.len())
        };
        let (reads, items) = counts();
        eventually(&format!("{more} more reads and items of {}", self.name), async || {
            let now = counts();
            now.0 >= reads + more as u64 && now.1 >= items + more
        })
        .await;
    }

    /// Ends it, and judges the shop: nothing failed, nothing is lost, and nothing is there twice.
    pub(crate) async fn ends_well(self, door: &Door, servers: &Servers, database: &str) {
        let Self { name, ledger, stop, tasks } = self;
        stop.cancel();
        tasks.join_all().await;
        let ledger = Arc::into_inner(ledger).unwrap().into_inner().unwrap();
        assert!(ledger.failed_reads.is_empty(), "{name}: reads failed: {:#?}", ledger.failed_reads);
        assert!(ledger.failed_writes.is_empty(), "{name}: writes failed: {:#?}", ledger.failed_writes);
        for (item, purchases) in &ledger.items {
            eventually(&format!("{item} is there with what was bought"), async || {
                let answer = door.get(&format!("/item/fetch/{item}")).await.unwrap();
                if answer.status != 200 {
                    return false;
                }
                let told = purchases_of(&answer.body);
                let extra: Vec<_> = told.iter().filter(|told| !purchases.contains(*told)).collect();
                assert!(extra.is_empty(), "{item}: nobody was told of {extra:?}");
                assert!(told.len() <= purchases.len(), "{item}: a purchase is there twice: {told:?}");
                told.len() == purchases.len()
            })
            .await;
        }
        let (from, to) = (format!("{name}-"), format!("{name}."));
        let named = |field: &str| doc! {field: {"$gte": &from, "$lt": &to}};
        let items = servers.count(database, "items", named("_id")).await;
        assert_eq!(items, ledger.items.len() as u64, "{name}: items in the store, and acknowledged ones");
        let purchases: usize = ledger.items.values().map(BTreeSet::len).sum();
        let stored = servers.count(database, "buys", named("itemId")).await;
        assert_eq!(stored, purchases as u64, "{name}: purchases in the store, and acknowledged ones");
    }
}

/// An item as the API takes it.
pub(crate) fn item(id: &str) -> Value {
    json!({"id": id, "name": "Violin", "category": "collection", "price": 125_000, "state": "good", "ageInMonths": 240})
}

async fn write(door: Door, name: String, ledger: Arc<Mutex<Ledger>>, stop: CancellationToken) {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        let id = format!("{name}-{number}");
        // Whoever has begun an item ends it: what is judged is whole.
        if stop.is_cancelled() {
            return;
        }
        pace.tick().await;
        if accepted(&ledger, &id, door.post("/item/add", &id, &item(&id)).await).is_none() {
            continue;
        }
        ledger.lock().unwrap().items.entry(id.clone()).or_default();
        for purchase in 0..PURCHASES {
            pace.tick().await;
            let body = json!({"clientId": "ada", "itemId": id, "price": 60_000});
            let answer = door.post("/item/action/buy", &format!("{id}/{purchase}"), &body).await;
            if let Some(event) = accepted(&ledger, &id, answer) {
                ledger.lock().unwrap().items.entry(id.clone()).or_default().insert(event);
            }
        }
    }
}

/// The event's id. Anything but an acceptance is noted as a failure.
fn accepted(ledger: &Mutex<Ledger>, id: &str, answer: Result<Answer, String>) -> Option<String> {
    match answer {
        Ok(Answer { status: 202, body }) => Some(body["eventId"].as_str().unwrap().to_owned()),
        other => {
            ledger.lock().unwrap().failed_writes.push(format!("{id}: {other:?}"));
            None
        }
    }
}

async fn read(door: Door, ledger: Arc<Mutex<Ledger>>, stop: CancellationToken) {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        pace.tick().await;
        let chosen = {
            let ledger = ledger.lock().unwrap();
            let last = ledger.items.len().saturating_sub(1);
            ledger.items.keys().nth(rand::rng().random_range(0..=last)).cloned()
        };
        let Some(id) = chosen else { continue };
        let answer = door.get(&format!("/item/fetch/{id}")).await;
        let mut ledger = ledger.lock().unwrap();
        match answer {
            Ok(Answer { status: 200, .. }) => {
                ledger.reads += 1;
                ledger.seen.insert(id);
            }
            // Accepted, and not applied yet.
            Ok(Answer { status: 404, .. }) if !ledger.seen.contains(&id) => ledger.reads += 1,
            other => ledger.failed_reads.push(format!("{id}: {other:?}")),
        }
    }
}

fn purchases_of(item: &Value) -> Vec<String> {
    let purchases = item["buys"].as_array().unwrap().iter();
    purchases.map(|purchase| purchase["eventId"].as_str().unwrap().to_owned()).collect()
}
