use crate::fate::{Answer, Fate, Nonsense};
use crate::ledger::{Ledger, Stats};
use crate::{Behaviour, ObjectId};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;

const HELP: &str = "GET /objects/{id} tells whether an object is online, GET /stats what was counted.\n";

#[derive(Clone)]
struct World {
    behaviour: Arc<Behaviour>,
    ledger: Arc<Ledger>,
}

/// Everything that can be asked.
pub(crate) fn router(behaviour: Behaviour, ledger: Arc<Ledger>) -> Router {
    Router::new()
        .route("/", get(|| async { HELP }))
        .route("/objects/{id}", get(look_up))
        .route("/stats", get(stats))
        .with_state(World { behaviour: Arc::new(behaviour), ledger })
}

/// Dropped where it waits when whoever asked closes the connection.
async fn look_up(State(world): State<World>, Path(id): Path<String>) -> Response {
    let id = ObjectId::from(id);
    let look_up = world.ledger.begin(&id);
    match world.behaviour.fate(&id, look_up.number()) {
        Fate::Hangs => std::future::pending().await,
        Fate::Answered { after, answer } => {
            tokio::time::sleep(after).await;
            look_up.answered();
            respond(answer, &id)
        }
    }
}

async fn stats(State(world): State<World>) -> Json<Stats> {
    Json(world.ledger.stats())
}

fn respond(answer: Answer, id: &ObjectId) -> Response {
    match answer {
        Answer::State { online } => Json(json!({"id": id, "online": online})).into_response(),
        Answer::Unknown => {
            (StatusCode::NOT_FOUND, Json(json!({"error": "there is no such object"}))).into_response()
        }
        Answer::Failure => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": "it failed"}))).into_response()
        }
        Answer::Nonsense(nonsense) => babble(nonsense, id),
    }
}

fn babble(nonsense: Nonsense, id: &ObjectId) -> Response {
    match nonsense {
        Nonsense::Page => Html("<p>Down for maintenance</p>").into_response(),
        Nonsense::NoState => Json(json!({"id": id})).into_response(),
        Nonsense::Words => Json(json!({"id": id, "online": "maybe"})).into_response(),
        Nonsense::Another => Json(json!({"id": "another", "online": true})).into_response(),
        Nonsense::Elsewhere => Redirect::temporary("/").into_response(),
    }
}
