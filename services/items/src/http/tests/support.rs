//! The service between a queue and workers that are played.

use crate::http::routes;
use crate::proto::v1;
use crate::proto::v1::item_queries_server::{ItemQueries, ItemQueriesServer};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_edge::{Edge, EdgeOptions, Limits};
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::in_process;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tonic::Status;
use tonic::service::Routes;
use tower::ServiceExt;

/// A queue that takes everything, and remembers it.
#[derive(Default)]
pub(super) struct Queue(pub(super) Mutex<Vec<(String, Event)>>);

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
pub(super) struct Workers {
    pub(super) lists: Arc<Mutex<Vec<v1::ListItemsRequest>>>,
    pub(super) histories: Arc<Mutex<Vec<v1::FetchHistoryRequest>>>,
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

pub(super) fn cursor() -> v1::HistoryCursor {
    v1::HistoryCursor { date_us: 1_000_000, event_id: EVENT.into() }
}

pub(super) const EVENT: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c10";

/// The service, and what stands behind it.
pub(super) struct Shop {
    routes: Router,
    pub(super) queue: Arc<Queue>,
    pub(super) workers: Workers,
}

impl Shop {
    pub(super) fn new() -> Self {
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

    pub(super) async fn post(&self, path: &str, key: Option<&str>, body: &str) -> (StatusCode, Value) {
        let mut request = Request::post(path).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = self.routes.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await;
        let (status, _, body) = read(response.unwrap()).await;
        (status, body)
    }

    pub(super) async fn get(&self, uri: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        read(self.routes.clone().oneshot(request).await.unwrap()).await
    }

    /// The one event that was published since the last call.
    pub(super) fn event(&self) -> (String, Event) {
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
