//! The admin listener's routes: dead letters, beside all that is public. Whoever reaches it may do all of it, so it
//! binds to loopback only, and trusts no page but its own.

mod letter;
mod local;

use crate::errors;
use crate::guard::Guard;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use letter::{Letter, Letters};
use pawnshop_domain::{EventId, FlowName};
use pawnshop_edge::problem::kinds;
use pawnshop_edge::{Edge, Problem, Query, path_parameter};
use pawnshop_rpc::v1::dead_letters_client::DeadLettersClient;
use pawnshop_rpc::v1::{self, DeadLetterId, ListDeadLettersRequest};
use pawnshop_rpc::{Channel, MESSAGE_LIMIT};
use std::time::Duration;
use tonic::{Code, Response, Status};

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 100;

/// How long a worker may take to replay or drop a letter.
const CHANGE_DEADLINE: Duration = Duration::from_secs(15);

/// Every route of the admin listener: `public`, whose fallback it takes, and those of dead letters.
pub(crate) fn router(edge: Edge, public: Router) -> Router {
    Router::new()
        .route("/dead-letters", get(list))
        .route("/dead-letters/{id}", get(show).delete(drop_letter))
        .route("/dead-letters/{id}/replay", post(replay))
        .with_state(edge)
        .method_not_allowed_fallback(errors::method_not_allowed)
        .layer(Guard::unbounded())
        .merge(public)
        .layer(middleware::from_fn(local::require))
}

/// `GET /dead-letters?flow=&limit=&after=`: letters in id order, without their envelopes.
async fn list(State(edge): State<Edge>, RawQuery(query): RawQuery) -> Result<Json<Letters>, Problem> {
    let mut query = Query::parse(query.as_deref())?;
    let flow = query.optional("flow", str::parse::<FlowName>);
    let limit = query.optional("limit", |text| match text.parse() {
        Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(format!("must be 1 to {MAX_LIMIT}")),
    });
    let after = query.optional("after", str::parse::<EventId>);
    query.finish()?;
    let request = ListDeadLettersRequest {
        flow: flow.map(|flow| flow.to_string()).unwrap_or_default(),
        limit: limit.unwrap_or(DEFAULT_LIMIT),
        after: after.map(|id| id.to_string()).unwrap_or_default(),
    };
    let page = edge
        .read(|workers| {
            let request = request.clone();
            async move { letters(workers).list(request).await }
        })
        .await?;
    Ok(Json(Letters::from(page)))
}

/// `GET /dead-letters/{id}`: one letter whole.
async fn show(
    State(edge): State<Edge>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Letter>, Problem> {
    let id = letter_id(path)?;
    let letter = edge
        .read(|workers| {
            let id = id.clone();
            async move { letters(workers).show(id).await }
        })
        .await
        .map_err(not_found_or)?;
    Ok(Json(Letter::whole(letter)))
}

/// `POST /dead-letters/{id}/replay`: sends the event through its flow again.
async fn replay(
    State(edge): State<Edge>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Letter>, Problem> {
    let id = letter_id(path)?;
    change(async move { letters(edge.workers()).replay(id).await }).await
}

/// `DELETE /dead-letters/{id}`: forgets the event for good; answers what it was.
async fn drop_letter(
    State(edge): State<Edge>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Letter>, Problem> {
    let id = letter_id(path)?;
    change(async move { letters(edge.workers()).drop(id).await }).await
}

/// Not tried again by itself: a person asked, and a person sees what came of it.
async fn change(
    call: impl Future<Output = Result<Response<v1::DeadLetter>, Status>>,
) -> Result<Json<Letter>, Problem> {
    let answer = tokio::time::timeout(CHANGE_DEADLINE, call)
        .await
        .unwrap_or_else(|_| Err(Status::deadline_exceeded("no worker answered in time")));
    match answer {
        Ok(letter) => Ok(Json(Letter::whole(letter.into_inner()))),
        // The worker says which of its dependencies failed, and an operator wants to know.
        Err(status) if status.code() == Code::Unavailable => {
            Err(Problem::new(kinds::WORKERS_UNAVAILABLE, status.message().to_owned()))
        }
        // Whether the worker got to it is not known.
        Err(status) if matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled | Code::Unknown) => {
            tracing::debug!(%status, "it is not known whether a letter was changed");
            Err(Problem::new(
                kinds::WORKERS_UNAVAILABLE,
                "no worker answered in time; it may have been done: look at the letter before you try again",
            ))
        }
        Err(status) => Err(not_found_or(status)),
    }
}

/// A client that takes the largest letter there can be.
fn letters(workers: Channel) -> DeadLettersClient<Channel> {
    DeadLettersClient::new(workers).max_decoding_message_size(MESSAGE_LIMIT)
}

fn letter_id(path: Result<Path<String>, PathRejection>) -> Result<DeadLetterId, Problem> {
    let id: EventId = path_parameter("id", path)?;
    Ok(DeadLetterId { id: id.to_string() })
}

fn not_found_or(status: Status) -> Problem {
    match status.code() {
        Code::NotFound => Problem::new(kinds::DEAD_LETTER_NOT_FOUND, status.message().to_owned()),
        _ => status.into(),
    }
}
