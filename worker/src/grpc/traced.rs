use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use pawnshop_rpc::traced::{answered, server_span};
use tracing::Instrument;

/// The same routes, each call answered in a span; untouched in a process that is not traced.
pub(crate) fn traced(routes: Router) -> Router {
    if pawnshop_trace::is_on() { routes.layer(from_fn(answer)) } else { routes }
}

async fn answer(request: Request, next: Next) -> Response {
    let span = server_span(&request);
    let response = next.run(request).instrument(span.clone()).await;
    answered(&span, response.headers());
    response
}
