//! The services behind the edge: a line each.

use pawnshop_domain::FlowName;
use pawnshop_edge::Edge;
use utoipa_axum::router::OpenApiRouter;

/// The routes of every service, documented.
pub(crate) fn routes(edge: &Edge) -> OpenApiRouter {
    OpenApiRouter::new().merge(pawnshop_items::http::routes(edge.clone()))
}

/// The flows of every service, and the most events of each that may share a message (decision D8).
pub fn flows() -> Vec<(FlowName, u16)> {
    let flows = [pawnshop_items::flows::flows()];
    flows.into_iter().flatten().map(|flow| (flow.name, flow.max_events_per_message)).collect()
}
