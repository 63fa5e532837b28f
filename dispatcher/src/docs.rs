//! The API's description and the page that renders it, with its assets in the binary: it works offline.

use crate::{errors, services};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use pawnshop_edge::Problem;
use pawnshop_edge::problem::kinds;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_swagger_ui::Config;

const PAGE: &str = include_str!("docs/page.html");

/// Nothing from elsewhere is loaded, whatever the assets would like to, and nobody else's page has this one in a frame.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the description says of these routes themselves.
#[derive(OpenApi)]
#[openapi(paths(description, page))]
pub(crate) struct Described;

#[derive(Clone)]
struct Docs {
    description: Bytes,
    config: Arc<Config<'static>>,
}

/// The routes that serve `description`.
///
/// # Errors
/// When the description cannot be written as JSON.
pub(crate) fn routes(description: &utoipa::openapi::OpenApi) -> Result<Router, serde_json::Error> {
    let mut json = serde_json::to_value(description)?;
    name_flows(&mut json);
    let docs = Docs {
        description: Bytes::from(serde_json::to_vec(&json)?),
        config: Arc::new(Config::from("/openapi.json").validator_url("none")),
    };
    Ok(Router::new()
        .route("/openapi.json", get(self::description))
        .route("/docs", get(page))
        .route("/docs/{asset}", get(asset))
        .with_state(docs))
}

/// Lists the flows where one can be asked for: which there are is known only when the services are composed.
fn name_flows(description: &mut Value) {
    let flows: Vec<_> = services::flows().into_iter().map(|flow| flow.name.to_string()).collect();
    let parameters = description.pointer_mut("/paths/~1event~1{eventId}/get/parameters");
    for parameter in parameters.and_then(Value::as_array_mut).into_iter().flatten() {
        if parameter["name"] == "flow" {
            parameter["schema"] = json!({"type": "string", "enum": flows});
        }
    }
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
async fn description(State(docs): State<Docs>) -> Response {
    ([(CONTENT_TYPE, "application/json")], docs.description).into_response()
}

/// This description as a page.
#[utoipa::path(get, path = "/docs", tag = "operations",
    responses((status = 200, description = "A page to read and to try", content_type = "text/html; charset=utf-8", body = String)))]
async fn page() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, PAGE).into_response()
}

async fn asset(State(docs): State<Docs>, Path(name): Path<String>) -> Result<Response, Problem> {
    match utoipa_swagger_ui::serve(&name, docs.config) {
        Ok(Some(file)) => Ok(([(CONTENT_TYPE, file.content_type)], file.bytes).into_response()),
        Ok(None) => Err(errors::no_such_path()),
        Err(error) => {
            tracing::error!(%error, "the documentation page cannot be made");
            Err(Problem::new(kinds::INTERNAL, "the documentation page cannot be made"))
        }
    }
}
