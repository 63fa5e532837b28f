//! The HTTP routes of the items service: a file per endpoint, composed by the dispatcher.
//!
//! To add one: a file with its `#[utoipa::path]` handler and a line in [`routes`].

mod action;
mod add;
mod buy;
mod cursor;
mod fetch;
mod history;
mod list;
mod parameters;
mod pawn;
mod representation;
mod schemas;
mod sell;

use pawnshop_edge::Edge;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every route of this service, documented.
pub fn routes(edge: Edge) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(add::add_item))
        .routes(routes!(buy::buy))
        .routes(routes!(sell::sell))
        .routes(routes!(pawn::pawn))
        .routes(routes!(list::list_items))
        .routes(routes!(fetch::fetch_item))
        .routes(routes!(history::fetch_history))
        .with_state(edge)
}

#[cfg(test)]
mod tests;
