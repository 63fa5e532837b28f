//! The HTTP routes of the presence service: a file per endpoint, composed by the dispatcher.

mod callback;
mod cursor;
mod fetch;
mod list;
mod parameters;
mod representation;

use pawnshop_edge::Edge;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of this service, documented.
pub fn routes(edge: Edge) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(callback::callback))
        .routes(routes!(list::list_presences))
        .routes(routes!(fetch::fetch_presence))
        .with_state(edge)
}

#[cfg(test)]
mod tests;
