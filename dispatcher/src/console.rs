//! The console: a page to look at the shop and to work in it, with all that it needs in the binary. It is a client of
//! the listener that serves it and of nothing else: the API, `/overview`, and dead letters where they are.

mod assets;

use crate::errors;
use assets::{ASSETS, Asset};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use pawnshop_domain::ShopName;
use pawnshop_edge::Problem;
use serde::Serialize;
use std::sync::Arc;
use utoipa::OpenApi;

/// Only what the binary serves is loaded, and only this listener is asked; no script or style stands in the page, no
/// form leaves it, nobody frames it (W3C, Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Kept, and asked for again each time whether it is still the same: a new release is a new page at once.
const CACHED: &str = "no-cache";

/// What the description says of the page.
#[derive(OpenApi)]
#[openapi(paths(page))]
pub(crate) struct Described;

/// What a listener lets the console do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Powers {
    /// Reads, and writes through the API.
    Public,
    /// Dead letters as well.
    Administration,
}

/// What the page is told of the listener that it came from.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listener {
    shop: String,
    administration: bool,
    version: &'static str,
}

/// The page at `/`, its assets, and what this listener lets it do.
pub(crate) fn routes(shop: &ShopName, powers: Powers) -> Router {
    let listener = Listener {
        shop: format!("{}/{}", shop.namespace(), shop.name()),
        administration: powers == Powers::Administration,
        version: env!("CARGO_PKG_VERSION"),
    };
    let told = move || std::future::ready(Json(listener.clone()));
    Router::new()
        .route("/", get(page))
        .route("/console/listener.json", get(told))
        .route("/console/{asset}", get(asset))
        .with_state(Assets::all())
}

/// The console: a page to look at the shop and to work in it.
#[utoipa::path(get, path = "/", tag = "operations", operation_id = "console",
    responses((status = 200, description = "The page", content_type = "text/html; charset=utf-8", body = String)))]
async fn page(State(assets): State<Assets>, headers: HeaderMap) -> Result<Response, Problem> {
    assets.answer("index.html", &headers)
}

async fn asset(
    State(assets): State<Assets>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    assets.answer(&name, &headers)
}

/// The files, each with its `ETag`.
#[derive(Clone)]
struct Assets(Arc<[(Asset, String)]>);

impl Assets {
    fn all() -> Self {
        Self(ASSETS.iter().map(|asset| (*asset, asset.tag())).collect())
    }

    fn answer(&self, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let found = self.0.iter().find(|(asset, _)| asset.name == name);
        let (asset, tag) = found.ok_or_else(errors::no_such_path)?;
        let about = [
            (CONTENT_TYPE, asset.content_type()),
            (ETAG, tag.as_str()),
            (CACHE_CONTROL, CACHED),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        match is_known(headers, tag) {
            true => Ok((StatusCode::NOT_MODIFIED, about).into_response()),
            false => Ok((about, asset.text).into_response()),
        }
    }
}

/// Whether the client has this very text (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|known| known.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests;
