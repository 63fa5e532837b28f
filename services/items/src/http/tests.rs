//! The routes against a queue and workers that are played: what is accepted, refused, asked and shown. The whole
//! shop is tested where it is composed.

use super::routes;
use crate::proto::v1::item_queries_server::{ItemQueries, ItemQueriesServer};
use crate::proto::v1::{self, list_items_request::Filter};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use pawnshop_domain::{EventId, FlowName, ShopName};
use pawnshop_edge::{Edge, EdgeOptions, Limits};
use pawnshop_events::{Event, Payload};
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::in_process;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tonic::Status;
use tonic::service::Routes;
use tower::ServiceExt;

/// A queue that takes everything, and remembers it.
#[derive(Default)]
struct Queue(Mutex<Vec<(String, Event)>>);

#[async_trait::async_trait]
impl Publisher for Queue {
    async fn publish(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError> {
        let events = events.into_iter().map(|event| (flow.to_string(), event));
        self.0.lock().unwrap().extend(events);
        Ok(())
    }
}

/// Workers that know `car-1`, and remember what was asked.
#[derive(Clone, Default)]
struct Workers {
    lists: Arc<Mutex<Vec<v1::ListItemsRequest>>>,
    histories: Arc<Mutex<Vec<v1::FetchHistoryRequest>>>,
}

#[async_trait::async_trait]
impl ItemQueries for Workers {
    async fn fetch_item(
        &self,
        request: tonic::Request<v1::FetchItemRequest>,
    ) -> Result<tonic::Response<v1::ItemWithHistory>, Status> {
        match request.into_inner().id.as_str() {
            id @ ("car-1" | "öl 50%") => Ok(tonic::Response::new(item(id))),
            "down" => Err(Status::unavailable("the store is down")),
            "odd" => Ok(tonic::Response::new(v1::ItemWithHistory::default())),
            _ => Err(Status::not_found("no such item")),
        }
    }

    async fn list_items(
        &self,
        request: tonic::Request<v1::ListItemsRequest>,
    ) -> Result<tonic::Response<v1::ItemPage>, Status> {
        let request = request.into_inner();
        let first = request.after.is_empty();
        self.lists.lock().unwrap().push(request);
        let (items, next) =
            if first { (vec![item("car-1")], Some("car-1".to_owned())) } else { (vec![], None) };
        Ok(tonic::Response::new(v1::ItemPage { items, next }))
    }

    async fn fetch_history(
        &self,
        request: tonic::Request<v1::FetchHistoryRequest>,
    ) -> Result<tonic::Response<v1::HistoryPage>, Status> {
        let request = request.into_inner();
        if request.item_id != "car-1" {
            return Err(Status::not_found("no such item"));
        }
        let next = request.after.is_none().then(cursor);
        self.histories.lock().unwrap().push(request);
        Ok(tonic::Response::new(v1::HistoryPage { actions: vec![sell()], next }))
    }
}

fn item(id: &str) -> v1::ItemWithHistory {
    v1::ItemWithHistory {
        item: Some(v1::ItemAdded {
            id: id.into(),
            name: "Beetle".into(),
            category: v1::Category::Motor.into(),
            price: 90_000,
            state: v1::State::Good.into(),
            age_in_months: 480,
        }),
        sells: Some(v1::History { actions: vec![sell()], next: Some(cursor()) }),
        ..Default::default()
    }
}

fn sell() -> v1::Action {
    let sell = v1::SellAction {
        client_id: "ada".into(),
        item_id: "car-1".into(),
        price: 95_000,
        date_us: 1_000_000,
        profit: -5,
    };
    v1::Action { event_id: EVENT.into(), action: Some(v1::action::Action::Sell(sell)) }
}

fn cursor() -> v1::HistoryCursor {
    v1::HistoryCursor { date_us: 1_000_000, event_id: EVENT.into() }
}

const EVENT: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c10";

/// The service, and what stands behind it.
struct Shop {
    routes: Router,
    queue: Arc<Queue>,
    workers: Workers,
}

impl Shop {
    fn new() -> Self {
        let (queue, workers) = (Arc::new(Queue::default()), Workers::default());
        let edge = Edge::new(EdgeOptions {
            shop: ShopName::new("default", "downtown").unwrap(),
            publisher: queue.clone(),
            workers: in_process(Routes::new(ItemQueriesServer::new(workers.clone()))),
            flows: crate::flows::flows().into_iter().map(|flow| flow.name).collect(),
            limits: Limits::default(),
        });
        Self { routes: routes(edge).split_for_parts().0, queue, workers }
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &str) -> (StatusCode, Value) {
        let mut request = Request::post(path).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = self.routes.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await;
        let (status, _, body) = read(response.unwrap()).await;
        (status, body)
    }

    async fn get(&self, uri: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        read(self.routes.clone().oneshot(request).await.unwrap()).await
    }

    /// The one event that was published since the last call.
    fn event(&self) -> (String, Event) {
        let mut events = std::mem::take(&mut *self.queue.0.lock().unwrap());
        assert_eq!(events.len(), 1);
        events.remove(0)
    }
}

async fn read(response: Response) -> (StatusCode, HeaderMap, Value) {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap())
}

const ADD: &str =
    r#"{"name":"Beetle","category":"motor","price":90000,"state":"GOOD","ageInMonths":480,"colour":"red"}"#;
const BUY: &str = r#"{"clientId":"ada","itemId":"car-1","price":0,"date":"2026-01-31"}"#;
const SELL: &str = r#"{"clientId":"ada","itemId":"car-1","price":95000,"profit":-9223372036854775808}"#;
const PAWN: &str = r#"{"clientId":"ada","itemId":"car-1","price":1,"tax":0,"limitDays":1,"date":"2026-01-31T01:00:00+01:00"}"#;

#[tokio::test]
async fn an_item_becomes_an_event_of_its_flow_in_canonical_form() {
    let shop = Shop::new();
    let (status, body) = shop.post("/item/add", None, ADD).await;
    assert_eq!(status, 202, "{body}");
    let (flow, event) = shop.event();
    let item: v1::ItemAdded = event.payload().unwrap();
    assert_eq!((flow.as_str(), event.kind.as_str()), ("item", v1::ItemAdded::EVENT_TYPE));
    assert_eq!(body, json!({"eventId": event.id.to_string(), "itemId": item.id}));
    assert_eq!(event.subject, item.id);
    assert!(item.id.parse::<EventId>().is_ok(), "{}", item.id);
    assert_eq!((item.category(), item.state()), (v1::Category::Motor, v1::State::Good));
    assert_eq!((item.name.as_str(), item.price, item.age_in_months), ("Beetle", 90_000, 480));
}

#[tokio::test]
async fn every_action_becomes_an_event_of_its_flow() {
    let shop = Shop::new();
    assert_eq!(shop.post("/item/action/buy", None, BUY).await.0, 202);
    let (flow, event) = shop.event();
    let buy: v1::BuyAction = event.payload().unwrap();
    assert_eq!((flow.as_str(), buy.price, buy.date_us), ("buy-actions", 0, 1_769_817_600_000_000));

    assert_eq!(shop.post("/item/action/sell", None, SELL).await.0, 202);
    let (flow, event) = shop.event();
    let sell: v1::SellAction = event.payload().unwrap();
    assert_eq!((flow.as_str(), sell.profit), ("sell-actions", i64::MIN));
    assert!(sell.date_us.abs_diff(event.time.as_micros()) < 60_000_000, "without a date it is now");

    assert_eq!(shop.post("/item/action/pawn", None, PAWN).await.0, 202);
    let (flow, event) = shop.event();
    let pawn: v1::PawnAction = event.payload().unwrap();
    assert_eq!((flow.as_str(), pawn.tax, pawn.limit_days), ("pawn-actions", 0, 1));
    assert_eq!(pawn.date_us, 1_769_817_600_000_000, "the same instant as the bare date");
}

#[tokio::test]
async fn a_retried_request_is_the_same_event_with_the_same_content() {
    let shop = Shop::new();
    for (path, body) in [("/item/add", ADD), ("/item/action/sell", SELL)] {
        let (_, first) = shop.post(path, Some("key"), body).await;
        let (_, one) = shop.event();
        let (_, second) = shop.post(path, Some("key"), body).await;
        let (_, two) = shop.event();
        assert_eq!(first, second);
        assert_eq!((one.id, &one.content_hash, &one.subject), (two.id, &two.content_hash, &two.subject));
    }
    let (_, add) = shop.post("/item/add", Some("same"), ADD).await;
    let (_, sell) = shop.post("/item/action/sell", Some("same"), SELL).await;
    assert_ne!(add["eventId"], sell["eventId"], "a key belongs to its route");
}

#[tokio::test]
async fn the_same_content_has_the_same_hash_however_it_is_written_and_other_content_another() {
    let shop = Shop::new();
    let hash = async |path: &str, body: &str| {
        let (status, answer) = shop.post(path, None, body).await;
        assert_eq!(status, 202, "{answer}");
        shop.event().1.content_hash
    };
    let add = hash("/item/add", ADD).await;
    let same =
        r#"{"ageInMonths":480,"id":null,"state":"Good","price":90000,"category":"Motor","name":"Beetle"}"#;
    assert_eq!(hash("/item/add", same).await, add);
    for (from, to) in
        [("Beetle", "beetle"), ("motor", "Jewelry"), ("90000", "1"), ("GOOD", "bad"), ("480", "1")]
    {
        assert_ne!(hash("/item/add", &ADD.replace(from, to)).await, add, "{to}");
    }
    let with_id = ADD.replacen('{', r#"{"id":"car-1","#, 1);
    assert_ne!(hash("/item/add", &with_id).await, add);

    let pawn = hash("/item/action/pawn", PAWN).await;
    assert_eq!(hash("/item/action/pawn", &PAWN.replace("T01:00:00+01:00", "")).await, pawn);
    assert_ne!(hash("/item/action/pawn", &PAWN.replace("\"tax\":0", "\"tax\":1")).await, pawn);
    let buy = hash("/item/action/buy", BUY).await;
    assert_ne!(hash("/item/action/sell", &BUY.replace('}', ",\"profit\":0}")).await, buy);
}

#[tokio::test]
async fn every_fault_of_a_body_is_told_and_nothing_is_published() {
    let shop = Shop::new();
    let categories = "must be one of Reading, Collection, Decoration, Clothing, Jewelry, Motor, Electronics";
    let states = "must be one of New, Good, Bad, Fatal";
    let long = "x".repeat(129);
    for (path, good, field, value, detail) in [
        ("/item/add", ADD, "category", json!("Spaceships"), categories),
        ("/item/add", ADD, "category", json!(""), categories),
        ("/item/add", ADD, "category", json!(6), "must be a string"),
        ("/item/add", ADD, "state", json!("Mint"), states),
        ("/item/add", ADD, "name", json!(""), "must be 1 to 1024 characters"),
        ("/item/add", ADD, "price", json!(-1), "must be 0 or more"),
        ("/item/add", ADD, "price", json!(1.5), "must be an integer, without fraction"),
        ("/item/add", ADD, "ageInMonths", json!(-1), "must be 0 or more"),
        ("/item/add", ADD, "ageInMonths", json!(4_294_967_296_i64), "must be 4294967295 or less"),
        ("/item/add", ADD, "id", json!("a/b"), "must be 1 to 128 printable characters"),
        ("/item/add", ADD, "id", json!(".."), "must be 1 to 128 printable characters"),
        ("/item/add", ADD, "id", json!(long), "must be 1 to 128 printable characters"),
        ("/item/action/buy", BUY, "clientId", json!(""), "must be 1 to 128 printable characters"),
        ("/item/action/buy", BUY, "itemId", json!("a\nb"), "must be 1 to 128 printable characters"),
        ("/item/action/buy", BUY, "date", json!("31.1.2026"), "must be an RFC 3339 date"),
        ("/item/action/buy", BUY, "date", json!(1_769_817_600), "must be a string"),
        ("/item/action/sell", SELL, "profit", json!("1"), "must be an integer"),
        ("/item/action/pawn", PAWN, "tax", json!(-1), "must be 0 or more"),
        ("/item/action/pawn", PAWN, "limitDays", json!(0), "must be 1 or more"),
    ] {
        let mut body: Value = serde_json::from_str(good).unwrap();
        body[field] = value;
        let (status, problem) = shop.post(path, None, &body.to_string()).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid_body")), "{problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], format!("#/{field}"));
        let told = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(told.starts_with(detail), "{field}: {told}");
    }
    assert!(shop.queue.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_required_field_that_is_missing_is_told_at_once() {
    let shop = Shop::new();
    for (path, fields) in [
        ("/item/add", &["name", "category", "price", "state", "ageInMonths"][..]),
        ("/item/action/buy", &["clientId", "itemId", "price"]),
        ("/item/action/sell", &["clientId", "itemId", "price", "profit"]),
        ("/item/action/pawn", &["clientId", "itemId", "price", "tax", "limitDays"]),
    ] {
        let (status, problem) = shop.post(path, None, "{}").await;
        assert_eq!(status, 422);
        let told: Vec<_> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
        let wanted: Vec<_> = fields.iter().map(|field| json!(format!("#/{field}"))).collect();
        assert_eq!(told, wanted);
    }
}

#[tokio::test]
async fn an_item_is_shown_with_its_histories_and_a_link_to_what_is_cut_off() {
    let shop = Shop::new();
    for uri in ["/item/fetch/car-1", "/item/fetch?id=car-1"] {
        let (status, _, body) = shop.get(uri).await;
        assert_eq!(status, 200);
        let link = body["truncated"]["sells"].as_str().unwrap().to_owned();
        assert_eq!(
            body,
            json!({
                "item": {"id": "car-1", "name": "Beetle", "category": "Motor", "price": 90000,
                         "state": "Good", "ageInMonths": 480},
                "buys": [],
                "sells": [{"eventId": EVENT, "clientId": "ada", "itemId": "car-1", "price": 95000,
                           "date": "1970-01-01T00:00:01Z", "profit": -5}],
                "pawns": [],
                "truncated": {"sells": link},
            })
        );
        let (status, headers, rest) = shop.get(&link).await;
        assert_eq!((status.as_u16(), rest.as_array().unwrap().len()), (200, 1));
        assert!(!headers.contains_key("link"));
        assert_eq!(shop.workers.histories.lock().unwrap().pop().unwrap().after, Some(cursor()));
    }
}

#[tokio::test]
async fn ids_are_percent_decoded() {
    let shop = Shop::new();
    for uri in ["/item/fetch/%C3%B6l%2050%25", "/item/fetch?id=%C3%B6l+50%25"] {
        let (status, _, body) = shop.get(uri).await;
        assert_eq!((status.as_u16(), &body["item"]["id"]), (200, &json!("öl 50%")));
        assert!(
            body["truncated"]["sells"].as_str().unwrap().starts_with("/item/fetch/%C3%B6l%2050%25/sells?")
        );
    }
}

#[tokio::test]
async fn a_list_is_walked_by_its_links() {
    let shop = Shop::new();
    for (uri, filter, limit) in [
        ("/item/fetch?name=a%26b+%C3%B6", Filter::Name("a&b ö".into()), 10),
        ("/item/fetch?category=MOTOR&limit=100", Filter::Category(v1::Category::Motor.into()), 100),
        ("/item/fetch?limit=1&state=good&x=y", Filter::State(v1::State::Good.into()), 1),
    ] {
        let (status, headers, body) = shop.get(uri).await;
        assert_eq!((status.as_u16(), body.as_array().unwrap().len()), (200, 1), "{body}");
        let link = headers["link"].to_str().unwrap();
        let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        let (status, headers, body) = shop.get(next).await;
        assert_eq!((status.as_u16(), body), (200, json!([])));
        assert!(!headers.contains_key("link"));
        let asked = std::mem::take(&mut *shop.workers.lists.lock().unwrap());
        let wanted =
            |after: &str| v1::ListItemsRequest { filter: Some(filter.clone()), limit, after: after.into() };
        assert_eq!(asked, [wanted(""), wanted("car-1")]);
    }
}

#[tokio::test]
async fn a_history_is_walked_by_its_links() {
    let shop = Shop::new();
    let (status, headers, body) = shop.get("/item/fetch/car-1/sells?limit=7").await;
    assert_eq!((status.as_u16(), &body[0]["profit"]), (200, &json!(-5)));
    let link = headers["link"].to_str().unwrap();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let (_, headers, _) = shop.get(next).await;
    assert!(!headers.contains_key("link"));
    let asked = std::mem::take(&mut *shop.workers.histories.lock().unwrap());
    assert_eq!(asked.iter().map(|asked| asked.limit).collect::<Vec<_>>(), [7, 7]);
    assert_eq!(asked[1].after, Some(cursor()));
    assert_eq!(asked[0].kind(), v1::ActionKind::Sell);
}

#[tokio::test]
async fn every_fault_of_a_read_has_its_status() {
    let shop = Shop::new();
    let list_cursor = super::cursor::encode_list("car-1");
    for (uri, status, told) in [
        ("/item/fetch", 400, "one of id, name, category, state"),
        ("/item/fetch?colour=red", 400, "one of id, name, category, state"),
        ("/item/fetch?name=a&state=Good", 400, "only one of"),
        ("/item/fetch?id=a&name=b", 400, "only one of"),
        ("/item/fetch?id=car-1&limit=1", 400, "stands alone"),
        ("/item/fetch?id=", 400, "printable"),
        ("/item/fetch?name=a&name=b", 400, "more than once"),
        ("/item/fetch?name=%FF", 400, "UTF-8"),
        ("/item/fetch?category=Spaceships", 400, "Reading, Collection, Decoration, Clothing, Jewelry"),
        ("/item/fetch?state=Mint", 400, "New, Good, Bad, Fatal"),
        ("/item/fetch?name=a&limit=0", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=101", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=%2B5", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=ten", 400, "1 to 100"),
        ("/item/fetch?name=a&after=nonsense!", 400, "cursor"),
        ("/item/fetch/a%2Fb", 400, "printable"),
        ("/item/fetch/%FF", 400, "UTF-8"),
        ("/item/fetch/none", 404, "no item \"none\""),
        ("/item/fetch?id=none", 404, "no item \"none\""),
        ("/item/fetch/none/buys", 404, "no item \"none\""),
        ("/item/fetch/car-1/gifts", 404, "buys, sells and pawns"),
        ("/item/fetch/car-1/buys?limit=1001", 400, "1 to 1000"),
        (&format!("/item/fetch/car-1/buys?after={list_cursor}"), 400, "cursor"),
        ("/item/fetch/down", 503, "no worker"),
        ("/item/fetch/odd", 500, "without an item"),
    ] {
        let (got, headers, problem) = shop.get(uri).await;
        assert_eq!(got.as_u16(), status, "{uri}: {problem}");
        assert_eq!(headers["content-type"], "application/problem+json", "{uri}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{uri}: {problem}");
        assert_eq!(headers.contains_key("retry-after"), status == 503, "{uri}");
    }
}
