//! A worker of your own: the stock worker's services, and one more with a flow `visits`, which keeps who came by.
//! Its settings are the stock worker's: `cargo run -p pawnshop-worker-program --example custom_worker -- --help`.

use async_trait::async_trait;
use pawnshop_domain::FlowName;
use pawnshop_events::Event;
use pawnshop_flow::{Flow, Handler, Outcome, Proof, Unavailable, World};
use pawnshop_store::{Collection, Document, Store};
use pawnshop_worker::{Service, services};
use std::process::ExitCode;
use std::sync::Arc;

const VISITS: Collection = Collection { name: "visits", indexes: &[] };

struct Visits(Arc<dyn Store>);

#[async_trait]
impl Handler for Visits {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        let document = |event: &Event| {
            let visitor = [("visitor".to_owned(), event.subject.clone().into())];
            Document::new(event.id.to_string(), visitor.into_iter().collect())
        };
        // An event that comes again finds its document there, which is as good.
        self.0.insert_many(&VISITS, events.iter().map(document).collect()).await?;
        Ok(vec![Outcome::Applied; events.len()])
    }
}

fn main() -> ExitCode {
    let visits = Flow {
        name: FlowName::fixed("visits"),
        event_type: "example.visit.v1",
        max_events_per_message: 256,
        proof: Proof::DocumentId(VISITS),
        collections: &[VISITS],
        handler: |world: &World| Arc::new(Visits(Arc::clone(&world.store))),
    };
    let own = Service { flows: vec![visits], queries: |_, _| {}, descriptors: &[] };
    pawnshop_worker_program::run(services::all().into_iter().chain([own]).collect())
}
