//! For tests: an objects' service on a port of its own, which answers as it is told.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::stream::{self, StreamExt};
use http::StatusCode;
use http::header::LOCATION;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// What it does when it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// Tells whether the object is online, after a while.
    Tell(bool, Duration),
    /// Answers so, whatever it was asked about.
    Answer(u16, String),
    /// Sends whoever asks to the object "elsewhere".
    Redirect,
    /// Does not answer.
    Hang,
    /// Breaks off in the middle of its answer.
    Break,
}

/// The service; it ends with this.
pub(crate) struct Played {
    pub(crate) address: SocketAddr,
    script: Arc<Script>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    objects: Mutex<HashMap<String, Does>>,
    base: Mutex<Option<Does>>,
    asked: Mutex<Asked>,
}

/// What it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The objects, by the order of the questions.
    pub(crate) objects: Vec<String>,
    /// How often it was asked for itself.
    pub(crate) base: usize,
    /// How many questions about objects were under way at most.
    pub(crate) most_at_once: usize,
    now: usize,
}

impl Played {
    /// One that knows no objects, and is alive.
    pub(crate) async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let script = Arc::new(Script::default());
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(base))
            .route("/objects/{id}", get(object))
            .with_state(Arc::clone(&script));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, script, server }
    }

    /// An address where nobody listens.
    pub(crate) async fn nowhere() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
    }

    pub(crate) fn object(&self, id: &str, does: Does) {
        self.script.objects.lock().unwrap().insert(id.to_owned(), does);
    }

    pub(crate) fn online(&self, id: &str) {
        self.object(id, Does::Tell(true, Duration::ZERO));
    }

    /// What it does when it is asked for itself.
    pub(crate) fn base(&self, does: Does) {
        *self.script.base.lock().unwrap() = Some(does);
    }

    pub(crate) fn asked(&self) -> Asked {
        self.script.asked.lock().unwrap().clone()
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn base(State(script): State<Arc<Script>>) -> Response {
    script.asked.lock().unwrap().base += 1;
    let does = script.base.lock().unwrap().clone();
    match does {
        Some(does) => answer(does, "").await,
        // Many a service has nothing to show there.
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn object(State(script): State<Arc<Script>>, Path(id): Path<String>) -> Response {
    {
        let mut asked = script.asked.lock().unwrap();
        asked.objects.push(id.clone());
        asked.now += 1;
        asked.most_at_once = asked.most_at_once.max(asked.now);
    }
    let does = script.objects.lock().unwrap().get(&id).cloned();
    let answer = match does {
        Some(does) => answer(does, &id).await,
        None => StatusCode::NOT_FOUND.into_response(),
    };
    script.asked.lock().unwrap().now -= 1;
    answer
}

async fn answer(does: Does, id: &str) -> Response {
    match does {
        Does::Tell(online, after) => {
            tokio::time::sleep(after).await;
            serde_json::json!({"id": id, "online": online}).to_string().into_response()
        }
        Does::Answer(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Does::Redirect => (StatusCode::FOUND, [(LOCATION, "/objects/elsewhere")]).into_response(),
        Does::Hang => std::future::pending().await,
        Does::Break => {
            // Not at once, or the head of the answer would not be sent either.
            let broken = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(std::io::Error::other("it breaks off"))
            };
            let parts = stream::iter([Ok("{\"id\": ")]).chain(stream::once(broken));
            Body::from_stream(parts).into_response()
        }
    }
}
