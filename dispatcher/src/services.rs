//! The services behind the edge: a line each.

use pawnshop_edge::Edge;
use utoipa_axum::router::OpenApiRouter;

/// The routes of every service, documented.
pub(crate) fn routes(edge: &Edge) -> OpenApiRouter {
    OpenApiRouter::new().merge(pawnshop_items::http::routes(edge.clone()))
}

/// The flows of every service, for the documentation.
pub(crate) fn flows() -> Vec<String> {
    let flows = [pawnshop_items::flows::flows()];
    flows.into_iter().flatten().map(|flow| flow.name.to_string()).collect()
}
