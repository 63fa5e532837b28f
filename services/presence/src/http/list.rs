use super::cursor;
use super::parameters::{DEFAULT_LIMIT, ListQuery};
use super::representation::Presence;
use crate::proto::v1::ListPresencesRequest;
use crate::queries::{self, MAX_OBJECTS};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use pawnshop_edge::page::{limit_up_to, with_next};
use pawnshop_edge::responses::ReadProblems;
use pawnshop_edge::{Edge, Problem, Query};

/// The objects that were seen of late, the most recent first, then by id; a `Link` leads to the next page where there is
/// one. An object that is seen again meanwhile moves to the front.
#[utoipa::path(
    get,
    path = "/presence",
    tag = "presence",
    params(ListQuery),
    responses(
        (
            status = 200,
            description = "A page of objects, possibly empty",
            body = Vec<Presence>,
            headers(("Link" = Option<String>, description = "Where the next page is: `<…>; rel=\"next\"`")),
        ),
        ReadProblems,
    ),
)]
pub(super) async fn list_presences(
    State(edge): State<Edge>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut query = Query::parse(query.as_deref())?;
    let limit = query.optional("limit", limit_up_to(MAX_OBJECTS)).unwrap_or(DEFAULT_LIMIT);
    let after = query.optional("after", cursor::decode);
    query.finish()?;
    let request = ListPresencesRequest { limit, after };
    let page = edge
        .read(|workers| {
            let request = request.clone();
            async move { queries::client(workers).list_presences(request).await }
        })
        .await?;
    let next = page.presences.last().filter(|_| page.more).map(cursor::encode);
    let presences: Vec<Presence> = page.presences.into_iter().map(Presence::from).collect();
    let response = Json(presences).into_response();
    let Some(next) = next else { return Ok(response) };
    Ok(with_next(response, format_args!("/presence?limit={limit}&after={next}")))
}
