//! The services behind the edge: a line each.

use pawnshop_edge::Edge;
use pawnshop_flow::Flow;
use utoipa_axum::router::OpenApiRouter;

/// The routes of every service, documented.
pub(crate) fn routes(edge: &Edge) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(pawnshop_items::http::routes(edge.clone()))
        .merge(pawnshop_presence::http::routes(edge.clone()))
}

/// The flows of every service.
pub fn flows() -> Vec<Flow> {
    [pawnshop_items::flows::flows(), pawnshop_presence::flows::flows()].concat()
}
