//! The pool with an image of its own: `examples/own-worker`.

use crate::chapter_2_open::{HIGHEST_PRICE, Shop};
use crate::kube_api::eventually;
use crate::stage::{SHOPS, Stage};
use pawnshop_domain::{EventId, FlowName, ShopName};
use pawnshop_events::{ContentHash, Event, Payload};
use pawnshop_messaging::Broker;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};

const FLOW: FlowName = FlowName::fixed("appraisals");

/// As the example has it.
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

/// No route of the dispatcher takes such events: whoever has them publishes them.
pub(crate) async fn events_of_a_flow_of_ones_own_are_applied_as_its_pool_is_configured(
    stage: &Stage,
    shop: &Shop,
) {
    let name = ShopName::new(SHOPS, shop.name).unwrap();
    let broker = RabbitBroker::start(RabbitOptions::new(
        stage.servers.administrators_broker_uri().into(),
        name.clone(),
    ))
    .unwrap();
    let [fair, too_high] = [HIGHEST_PRICE, HIGHEST_PRICE + 1].map(|price| {
        let appraisal = Appraisal { item_id: "violin".to_owned(), price };
        Event::new(EventId::fresh(), &name, "violin", ContentHash::from_text("v1:00"), &appraisal)
    });
    let (applied, rejected) = (fair.id.to_string(), too_high.id.to_string());
    eventually("the queue is there", async || broker.declare(&[FLOW]).await.is_ok()).await;
    broker.publisher().publish(&FLOW, vec![fair, too_high]).await.unwrap();

    let (servers, database) = (&stage.servers, &shop.database);
    eventually("the fair appraisal is there", async || {
        let document = servers.document(database, "appraisals", &applied).await;
        document.is_some_and(|document| document.get_i64("price").ok() == Some(HIGHEST_PRICE))
    })
    .await;
    eventually("the other one is rejected", async || {
        let outcome = servers.document(database, "outcomes", &rejected).await;
        outcome.is_some_and(|outcome| outcome.to_string().contains("price_too_high"))
    })
    .await;
    assert!(servers.document(database, "appraisals", &rejected).await.is_none());
    broker.close().await;
}
