//! The example is a worker like any other, and has the length that is said of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use mongodb::bson::{Document, doc};
use pawnshop_domain::{EventId, FlowName, ShopName};
use pawnshop_events::{ContentHash, Event, Payload};
use pawnshop_messaging::Broker;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions};
use pawnshop_servers::testing::{Program, eventually};
use pawnshop_servers::{Mongo, Rabbit};
use tokio::process::Command;

const FLOW: FlowName = FlowName::fixed("appraisals");

/// What the example's message looks like from outside.
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

fn appraisal(shop: &ShopName, price: i64) -> Event {
    let appraisal = Appraisal { item_id: "violin".to_owned(), price };
    Event::new(EventId::fresh(), shop, "violin", ContentHash::from_text("v1:00"), &appraisal)
}

fn worker(arguments: &[&str]) -> Command {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_own-worker"));
    worker.args(arguments).env_clear();
    worker
}

#[tokio::test]
async fn a_flow_of_ones_own_is_applied_as_its_pool_is_configured() {
    pawnshop_runtime::tls::install_provider();
    if let Some(why) = [Rabbit::available(), Mongo::available()].into_iter().find_map(Result::err) {
        return pawnshop_servers::skip("a_flow_of_ones_own_is_applied_as_its_pool_is_configured", &why);
    }
    let (rabbit, mongo) = (Rabbit::shared().await.unwrap(), Mongo::shared().await.unwrap());
    let id = EventId::fresh().to_string();
    let shop = ShopName::new("test", &format!("o{}", &id[id.len() - 12..])).unwrap();
    let mut command = worker(&["--flows", "appraisals", "--pool-config", r#"{"highestPrice": 200}"#]);
    command
        .env("BROKER_URI", rabbit.uri())
        .env("STORE_URI", mongo.uri())
        .env("PAWNSHOP_SHOP", format!("{}/{}", shop.namespace(), shop.name()));
    let worker = Program::start(command, &[]).await;
    let broker = RabbitBroker::start(RabbitOptions::new(rabbit.uri().into(), shop.clone())).unwrap();
    eventually("the queue is declared", async || broker.declare(&[FLOW]).await.is_ok()).await;
    let (fair, too_high) = (appraisal(&shop, 200), appraisal(&shop, 201));
    let (applied, rejected) = (fair.id.to_string(), too_high.id.to_string());
    // The first comes twice, as any event may.
    broker.publisher().publish(&FLOW, vec![fair.clone(), too_high, fair]).await.unwrap();

    let database = mongo.client().await.unwrap().database(&format!("{}-{}", shop.namespace(), shop.name()));
    let find = async |collection: &str, id: &str| {
        database.collection::<Document>(collection).find_one(doc! {"_id": id}).await.unwrap()
    };
    eventually("the fair appraisal is there", async || {
        find("appraisals", &applied).await.is_some_and(|found| found.get_i64("price").ok() == Some(200))
    })
    .await;
    eventually("the other is rejected", async || {
        find("outcomes", &rejected).await.is_some_and(|found| found.to_string().contains("price_too_high"))
    })
    .await;
    assert!(find("appraisals", &rejected).await.is_none(), "{}", worker.log());
    assert!(find("outcomes", &applied).await.is_none(), "{}", worker.log());
}

#[tokio::test]
async fn a_config_that_the_flow_cannot_read_is_told_with_every_other_fault() {
    let arguments = [
        "--flows",
        "appraisals",
        "--concurrency",
        "0",
        "--pool-config",
        r#"{"highestPrice": "much", "lowest": 1}"#,
    ];
    let output = worker(&arguments).output().await.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    for fault in [
        r#"--pool-config: "highestPrice", which flow "appraisals" reads: invalid type: string "much", expected i64"#,
        r#"--pool-config: "lowest" is read by no flow of the pool; they read highestPrice"#,
        "--concurrency",
        "BROKER_URI",
    ] {
        assert!(told.contains(fault), "{fault} is missing in:\n{told}");
    }
}

#[test]
fn the_example_has_less_than_fifty_lines() {
    let lines = include_str!("../src/main.rs").lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    assert!(code < 50, "{code}");
}
