use crate::console::Powers;
use crate::guard::Guard;
use crate::overview::Overviews;
use crate::{console, docs, errors, event, operations, overview, services};
use axum::Router;
use pawnshop_edge::problem::ProblemBody;
use pawnshop_edge::{Accepted, Applied, Edge};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the description says of the whole, and the schemas that every service refers to.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pawnshop",
        description = "A pawnshop's back end. Writes are accepted at once and applied soon (202); ask \
                       `GET /event/{eventId}` what became of one, or send `Prefer: wait=N`. Every error is an \
                       `application/problem+json` (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemBody, Accepted, Applied)),
    tags(
        (name = "items", description = "Items and their histories"),
        (name = "actions", description = "What the shop does with items"),
        (name = "presence", description = "Which objects were seen of late"),
        (name = "events", description = "What became of a write"),
        (name = "operations", description = "The shop at a glance, probes, metrics, and pages for people"),
    ),
)]
struct Description;

/// The API, the overview, and pages for people; the routes of operations too, where they are given. What the page of
/// the console may do beside the API is in `powers`.
///
/// # Errors
/// When their description cannot be written.
pub(crate) fn router(
    edge: &Edge,
    operations: Option<Router>,
    overviews: Overviews,
    powers: Powers,
) -> Result<Router, serde_json::Error> {
    let (api, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(services::routes(edge))
        .merge(OpenApiRouter::new().routes(routes!(event::event_outcome)).with_state(edge.clone()))
        .split_for_parts();
    if operations.is_some() {
        description.merge(operations::Described::openapi());
    }
    description.merge(overview::Described::openapi());
    description.merge(docs::Described::openapi());
    description.merge(console::Described::openapi());
    let bounded = api
        .method_not_allowed_fallback(errors::method_not_allowed)
        .layer(Guard::bounded(edge.admission().clone()));
    let unbounded = operations
        .unwrap_or_default()
        .merge(overview::routes(overviews))
        .merge(docs::routes(&description)?)
        .merge(console::routes(edge.shop(), powers))
        .method_not_allowed_fallback(errors::method_not_allowed)
        .fallback(errors::not_found)
        .layer(Guard::unbounded());
    Ok(bounded.merge(unbounded))
}
