//! The service between a queue and workers that are played.

use crate::http::routes;
use crate::proto::v1;
use crate::proto::v1::presence_queries_server::{PresenceQueries, PresenceQueriesServer};
use axum::Router;
use axum::body::Body;
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

/// A queue that remembers what it takes, call by call, and fails when told to.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) published: Mutex<Vec<(String, Vec<Event>)>>,
    pub(super) fails: Mutex<Option<PublishError>>,
}

#[async_trait::async_trait]
impl Publisher for Queue {
    async fn publish(&self, flow: &FlowName, events: Vec<Event>) -> Result<(), PublishError> {
        self.published.lock().unwrap().push((flow.to_string(), events));
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

/// Workers that have seen some objects, and remember what lists were asked for.
#[derive(Clone, Default)]
pub(super) struct Workers {
    pub(super) lists: Arc<Mutex<Vec<v1::ListPresencesRequest>>>,
}

#[async_trait::async_trait]
impl PresenceQueries for Workers {
    async fn fetch_presence(
        &self,
        request: tonic::Request<v1::FetchPresenceRequest>,
    ) -> Result<tonic::Response<v1::Presence>, Status> {
        match request.into_inner().object_id.as_str() {
            id @ ("1" | "a/b" | "öl 50%") => Ok(tonic::Response::new(seen(id))),
            "down" => Err(Status::unavailable("the store is down")),
            _ => Err(Status::not_found("not seen")),
        }
    }

    async fn list_presences(
        &self,
        request: tonic::Request<v1::ListPresencesRequest>,
    ) -> Result<tonic::Response<v1::PresencePage>, Status> {
        let request = request.into_inner();
        let first = request.after.is_none();
        self.lists.lock().unwrap().push(request);
        let presences = if first { vec![seen("1"), seen("öl 50%")] } else { vec![] };
        Ok(tonic::Response::new(v1::PresencePage { presences, more: first }))
    }
}

pub(super) fn seen(id: &str) -> v1::Presence {
    v1::Presence { object_id: id.to_owned(), last_seen_us: 1_000_001 }
}

/// The service, and what stands behind it.
pub(super) struct Shop {
    routes: Router,
    pub(super) queue: Arc<Queue>,
    pub(super) workers: Workers,
}

impl Shop {
    pub(super) fn new() -> Self {
        Self::serving(&["presence"])
    }

    pub(super) fn serving(flows: &[&str]) -> Self {
        let (queue, workers) = (Arc::new(Queue::default()), Workers::default());
        let edge = Edge::new(EdgeOptions {
            shop: ShopName::new("default", "downtown").unwrap(),
            publisher: queue.clone(),
            workers: in_process(Routes::new(PresenceQueriesServer::new(workers.clone()))),
            flows: flows.iter().map(|flow| flow.parse().unwrap()).collect(),
            limits: Limits::default(),
        });
        Self { routes: routes(edge).split_for_parts().0, queue, workers }
    }

    pub(super) async fn post(&self, headers: &[(&str, &str)], body: &str) -> (StatusCode, HeaderMap, Value) {
        let mut request = Request::post("/callback").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(super) async fn get(&self, uri: &str) -> (StatusCode, HeaderMap, Value) {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let (parts, body) = self.routes.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap())
    }

    /// The events of the one publish since the last call.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut published = std::mem::take(&mut *self.queue.published.lock().unwrap());
        assert_eq!(published.len(), 1, "published at once");
        let (flow, events) = published.remove(0);
        assert_eq!(flow, "presence");
        events
    }

    pub(super) fn assert_nothing_published(&self) {
        assert!(self.queue.published.lock().unwrap().is_empty());
    }
}
