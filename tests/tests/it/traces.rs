//! One trace leads through a shop in one process, from the request to the store, and nothing is lost at its end.

use crate::harness::{Shop, skip};
use pawnshop_servers::Jaeger;
use reqwest::StatusCode;
use serde_json::json;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test(flavor = "multi_thread")]
async fn a_sell_in_one_process_is_one_trace_and_its_last_spans_leave_when_the_shop_ends() {
    const TEST: &str = "a_sell_in_one_process_is_one_trace_and_its_last_spans_leave_when_the_shop_ends";
    if let Err(why) = Jaeger::available() {
        return skip(TEST, &why);
    }
    let (jaeger, data) = (Jaeger::start().await.unwrap(), tempfile::tempdir().unwrap());
    let to_jaeger = format!("--otlp-endpoint={}", jaeger.endpoint());
    let shop = Shop::up(data.path(), &[&to_jaeger, "--traces-sampler-arg=0"]).await;
    let sell = json!({"clientId": "ada", "itemId": "violin", "price": 100, "profit": 10});
    let traced = shop.post("/item/action/sell", &sell).header("prefer", "wait=20");
    let traced = traced.header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"));
    assert_eq!(traced.send().await.unwrap().status(), StatusCode::CREATED);
    let (untraced, _) = shop.apply("/item/action/sell", &sell).await;
    assert_eq!(untraced, StatusCode::CREATED);
    assert!(shop.terminate().await);

    // At once: the shop has ended, and with it waits nothing more.
    let trace = jaeger.trace(TRACE).await.unwrap();
    let way = [
        "POST /item/action/sell",
        "send sell-actions",
        "process sell-actions",
        "handle sell-actions",
        "insert_many sells",
    ];
    let way = trace.chain(&way).unwrap_or_else(|| panic!("{trace:#?}"));
    assert!(way.iter().all(|span| span.service == "pawnshop"), "{trace:#?}");
    assert_eq!(way[1].tag("messaging.system"), "pawnshop");
    assert_eq!(way[4].tag("db.system.name"), "sqlite");
    let outcome = "pawnshop.v1.Outcomes/GetOutcome";
    assert!(trace.chain(&["wait for the outcome", outcome, outcome]).is_some(), "{trace:#?}");
    assert_eq!(trace.spans.iter().filter(|span| span.name == "send sell-actions").count(), 1);
}
