//! A request's trace through the fleet's real programs, RabbitMQ and a MongoDB-wire server, as Jaeger has it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use futures::future::join_all;
use pawnshop_faults::Programs;
use pawnshop_servers::fleet::{Fleet, FleetOptions};
use pawnshop_servers::{Jaeger, Span, Trace};
use rand::random;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::sleep;

const DISPATCHER: &str = "pawnshop-dispatcher";
const WORKER: &str = "pawnshop-worker";

/// Spans leave every few seconds.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_a_request_through_the_broker_to_the_store_and_back_through_reads() {
    const TEST: &str =
        "one_trace_leads_from_a_request_through_the_broker_to_the_store_and_back_through_reads";
    let Some(shop) = Traced::start(TEST).await else { return };

    let sale = Caller::new();
    let body = json!({"clientId": "lovelace", "itemId": "violin", "price": 100, "profit": 10});
    let sold = sale.traces(shop.post("/item/action/sell", &body)).header("prefer", "wait=20");
    let sold = sold.send().await.unwrap();
    assert_eq!(sold.status(), StatusCode::CREATED, "{}", sold.text().await.unwrap());

    let way = [
        "POST /item/action/sell",
        "send sell-actions",
        "process sell-actions",
        "handle sell-actions",
        "insert_many sells",
    ];
    let outcome = "pawnshop.v1.Outcomes/GetOutcome";
    let asked = [way[0], "wait for the outcome", outcome, outcome];
    let trace = shop.trace(&sale, &[&way, &asked, &[way[2], "settle"]]).await;
    let way = trace.chain(&way).unwrap();
    let [request, send, process, handle, insert] = way[..] else { panic!("{way:#?}") };
    let services: Vec<_> = way.iter().map(|span| span.service.as_str()).collect();
    assert_eq!(services, [DISPATCHER, DISPATCHER, WORKER, WORKER, WORKER]);
    assert_eq!(request.parent.as_deref(), Some(sale.span.as_str()), "it continues the caller's");

    assert_tags(request, &[("span.kind", "server"), ("http.route", "/item/action/sell")]);
    assert_tags(request, &[("http.request.method", "POST"), ("http.response.status_code", "201")]);
    for span in [send, process] {
        assert_tags(
            span,
            &[("messaging.system", "rabbitmq"), ("messaging.destination.name", "sell-actions")],
        );
        assert_tags(span, &[("cloudevents.event_subject", "violin")]);
    }
    assert_tags(send, &[("span.kind", "producer"), ("messaging.operation.type", "send")]);
    assert_tags(process, &[("span.kind", "consumer"), ("messaging.operation.type", "process")]);
    assert_tags(process, &[("pawnshop.outcome", "applied"), ("messaging.batch.message_count", "1")]);
    assert_eq!(send.tag("messaging.message.id"), process.tag("messaging.message.id"));
    assert_tags(handle, &[("pawnshop.events", "1")]);
    assert_tags(insert, &[("span.kind", "client"), ("db.system.name", "mongodb")]);
    assert_tags(insert, &[("db.operation.name", "insert_many"), ("db.collection.name", "sells")]);
    assert!(trace.child(process, "settle").is_some(), "{trace:#?}");
    assert!(
        trace.spans.iter().all(|span| !format!("{span:?}").contains("lovelace")),
        "no id of a client: {trace:#?}"
    );

    let [.., call, answer] = trace.chain(&asked).unwrap()[..] else { panic!() };
    assert_eq!((call.service.as_str(), answer.service.as_str()), (DISPATCHER, WORKER));

    let read = Caller::new();
    let fetched = read.traces(shop.get("/item/fetch/violin")).send().await.unwrap();
    assert_eq!(fetched.status(), StatusCode::OK);
    let fetch = "pawnshop.v1.ItemQueries/FetchItem";
    let way = ["GET /item/fetch/{id}", fetch, fetch, "get_many items"];
    let trace = shop.trace(&read, &[&way]).await;
    let [_, call, answer, find] = trace.chain(&way).unwrap()[..] else { panic!() };
    assert_tags(call, &[("span.kind", "client"), ("rpc.system.name", "grpc"), ("rpc.method", fetch)]);
    assert_tags(answer, &[("span.kind", "server"), ("rpc.response.status_code", "OK")]);
    assert_eq!((call.service.as_str(), answer.service.as_str()), (DISPATCHER, WORKER));
    assert_tags(find, &[("db.system.name", "mongodb"), ("db.collection.name", "items")]);

    let untraced = Caller { flags: "00", ..Caller::new() };
    let fetched = untraced.traces(shop.get("/item/fetch/violin")).send().await.unwrap();
    assert_eq!(fetched.status(), StatusCode::OK);
    let jaeger = shop.stop().await;
    let trace = jaeger.trace(&untraced.trace).await.unwrap();
    assert!(trace.spans.is_empty(), "whose caller is not traced is not: {trace:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_share_a_batch_each_have_its_processing_in_their_own_trace_and_links_between_them() {
    const TEST: &str =
        "events_that_share_a_batch_each_have_its_processing_in_their_own_trace_and_links_between_them";
    let Some(mut shop) = Traced::start(TEST).await else { return };
    let callers: Vec<Caller> = (0..64).map(|_| Caller::new()).collect();
    // Until all are published, so that they come to it together.
    shop.fleet.worker(0).unwrap().pause();
    let sell = async |(number, caller): (usize, &Caller)| {
        let body =
            json!({"clientId": "lovelace", "itemId": format!("item-{number}"), "price": 100, "profit": 10});
        let sold = caller.traces(shop.post("/item/action/sell", &body)).send().await.unwrap();
        assert_eq!(sold.status(), StatusCode::ACCEPTED);
    };
    join_all(callers.iter().enumerate().map(sell)).await;
    shop.fleet.worker(0).unwrap().resume();

    let mut traces = Vec::new();
    for caller in &callers {
        let trace = shop.trace(caller, &[&["send sell-actions", "process sell-actions"]]).await;
        traces.push((caller.trace.clone(), trace));
    }
    let mut shared = 0;
    for (id, trace) in &traces {
        let [send, process] = trace.chain(&["send sell-actions", "process sell-actions"]).unwrap()[..] else {
            panic!("{trace:#?}")
        };
        assert_tags(process, &[("pawnshop.outcome", "applied")]);
        if process.tags.contains_key("messaging.batch.message_count") {
            continue;
        }
        shared += 1;
        let [(batch_trace, batch)] = &process.links[..] else { panic!("{process:#?}") };
        let (_, other) = traces.iter().find(|(id, _)| id == batch_trace).expect("the trace of the batch");
        let batch = other.spans.iter().find(|span| span.id == *batch).expect("the batch");
        assert!(batch.links.contains(&(id.clone(), send.id.clone())), "{batch:#?}");
    }
    assert!(shared > 0, "no two of {} events shared a batch", traces.len());
    shop.stop().await;
}

/// A fleet that follows its callers, and traces nothing by itself.
struct Traced {
    fleet: Fleet,
    jaeger: Jaeger,
    http: Client,
    _data: TempDir,
}

impl Traced {
    /// With one item in the shop. `None`, and a note, on a machine without what it needs.
    async fn start(test: &str) -> Option<Self> {
        if let Some(why) = pawnshop_servers::missing().or_else(|| Jaeger::available().err()) {
            pawnshop_servers::skip(test, &why);
            return None;
        }
        pawnshop_runtime::tls::install_provider();
        let programs = Programs::of(Path::new(env!("CARGO_BIN_EXE_pawnshop-soak"))).unwrap();
        let data = tempfile::tempdir().unwrap();
        let jaeger = Jaeger::start().await.unwrap();
        let options = FleetOptions {
            programs: programs.folder().to_owned(),
            data: data.path().to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            workers: 1,
            more: vec![format!("--otlp-endpoint={}", jaeger.endpoint()), "--traces-sampler-arg=0".to_owned()],
        };
        let fleet = Fleet::start(&options).await.unwrap();
        let shop = Self { fleet, jaeger, http: Client::new(), _data: data };
        let item = json!({"id": "violin", "name": "Violin", "category": "collection", "price": 1, "state": "good", "ageInMonths": 1});
        let added = shop.post("/item/add", &item).header("prefer", "wait=20").send().await.unwrap();
        assert_eq!(added.status(), StatusCode::CREATED);
        assert!(shop.jaeger.services().await.unwrap().is_empty(), "nobody asked for a trace yet");
        Some(shop)
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.fleet.api().unwrap())).json(body)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.fleet.api().unwrap()))
    }

    /// The caller's trace, once it has these chains of spans.
    async fn trace(&self, caller: &Caller, chains: &[&[&str]]) -> Trace {
        let begun = Instant::now();
        loop {
            let trace = self.jaeger.trace(&caller.trace).await.unwrap();
            if chains.iter().all(|chain| trace.chain(chain).is_some()) {
                return trace;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{chains:?} are not all there after {PATIENCE:?}: {trace:#?}"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends the fleet in good order, all its spans sent.
    async fn stop(self) -> Jaeger {
        self.fleet.stop().await.unwrap();
        self.jaeger
    }
}

/// Who has a trace already that the shop's part is to continue.
struct Caller {
    trace: String,
    span: String,
    flags: &'static str,
}

impl Caller {
    fn new() -> Self {
        let (trace, span) = (format!("{:032x}", random::<u128>()), format!("{:016x}", random::<u64>()));
        Self { trace, span, flags: "01" }
    }

    fn traces(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("traceparent", format!("00-{}-{}-{}", self.trace, self.span, self.flags))
    }
}

fn assert_tags(span: &Span, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(span.tag(name), *value, "{name} of {span:#?}");
    }
}
