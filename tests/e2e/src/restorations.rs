//! A flow whose events take time, as calls of slow services do: each as long as it says. Its documents tell which worker
//! it was.

use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_events::{Event, Payload};
use pawnshop_flow::insert::InsertHandler;
use pawnshop_flow::{Flow, Handler, Outcome, Pacing, Proof, Unavailable};
use pawnshop_store::{Collection, Document};
use std::sync::Arc;
use std::time::Duration;

/// The flow.
pub const RESTORATIONS: FlowName = FlowName::fixed("restorations");
/// What its documents are kept in, each under its event's id.
pub const COLLECTION: Collection = Collection { name: "restorations", indexes: &[] };
/// The field of a document that names the pod of the worker.
pub const WORKER: &str = "worker";

/// An item is restored.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Restoration {
    /// The item.
    #[prost(string, tag = "1")]
    pub item_id: String,
    /// How long that takes.
    #[prost(uint64, tag = "2")]
    pub seconds: u64,
}

impl prost::Name for Restoration {
    const NAME: &'static str = "Restoration";
    const PACKAGE: &'static str = "museum.v1";
}

impl Payload for Restoration {
    const EVENT_TYPE: &'static str = "museum.restoration.v1";
}

/// The flow, for a worker to run.
pub fn flow() -> Flow {
    Flow {
        name: RESTORATIONS,
        event_type: Restoration::EVENT_TYPE,
        proof: Proof::DocumentId(COLLECTION),
        collections: &[COLLECTION],
        config: &[],
        pacing: Pacing::Together { max_events_per_message: 1 },
        handler: |world| Arc::new(Restorer(InsertHandler::by(world.store.clone(), COLLECTION, document))),
    }
}

fn document(paper: &Restoration, event: &Event) -> Result<Document, pawnshop_domain::Rejection> {
    // What a container calls its host is its pod.
    let worker = std::env::var("HOSTNAME").unwrap_or_default();
    let fields = [("itemId", paper.item_id.as_str().into()), (WORKER, worker.into())];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Ok(Document::new(event.id.to_string(), fields.into_iter().collect()))
}

/// Takes as long as the longest of a batch, and then inserts.
struct Restorer(InsertHandler<Restoration>);

#[async_trait]
impl Handler for Restorer {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        let seconds = events.iter().filter_map(|event| Some(event.payload::<Restoration>().ok()?.seconds));
        tokio::time::sleep(Duration::from_secs(seconds.max().unwrap_or_default())).await;
        self.0.handle(events).await
    }
}
