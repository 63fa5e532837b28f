//! A worker of your own: the stock worker's services, and a flow `appraisals`, which keeps what somebody says that an
//! item is worth. Its settings are the stock worker's: `cargo run -p pawnshop-own-worker -- --help`.

use pawnshop_domain::{FlowName, Rejection};
use pawnshop_events::Payload;
use pawnshop_flow::insert::InsertHandler;
use pawnshop_flow::{ConfigKey, Flow, Pacing, Proof};
use pawnshop_store::{Collection, Document};
use pawnshop_worker::{Service, services};
use std::process::ExitCode;
use std::sync::Arc;

/// What the pool says in the resource: `config: {highestPrice: 1000000}`, in cents. What is above is rejected.
const HIGHEST_PRICE: ConfigKey<i64> = ConfigKey::optional("highestPrice");
const APPRAISALS: Collection = Collection { name: "appraisals", indexes: &[] };

#[derive(Clone, PartialEq, prost::Message)]
struct Appraisal {
    #[prost(string, tag = "1")]
    item_id: String,
    #[prost(int64, tag = "2")]
    price: i64,
}

impl prost::Name for Appraisal {
    const NAME: &'static str = "Appraisal";
    const PACKAGE: &'static str = "museum.v1";
}

impl Payload for Appraisal {
    const EVENT_TYPE: &'static str = "museum.appraisal.v1";
}

fn main() -> ExitCode {
    let appraisals = Flow {
        name: FlowName::fixed("appraisals"),
        event_type: Appraisal::EVENT_TYPE,
        proof: Proof::DocumentId(APPRAISALS),
        collections: &[APPRAISALS],
        config: &[&HIGHEST_PRICE],
        pacing: Pacing::Together { max_events_per_message: 256 },
        handler: |world| {
            let highest = world.config.get(&HIGHEST_PRICE).unwrap_or(i64::MAX);
            Arc::new(InsertHandler::by(world.store.clone(), APPRAISALS, move |paper: &Appraisal, event| {
                if paper.price > highest {
                    return Err(Rejection::invalid("price_too_high", format!("it is above {highest}")));
                }
                let fields = [("itemId", paper.item_id.as_str().into()), ("price", paper.price.into())];
                let fields = fields.map(|(name, value)| (name.to_owned(), value));
                Ok(Document::new(event.id.to_string(), fields.into_iter().collect()))
            }))
        },
    };
    pawnshop_worker_program::run(services::with(Service::of(vec![appraisals])))
}
