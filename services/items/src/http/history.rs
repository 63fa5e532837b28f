use super::representation::{Action, history_link};
use super::{cursor, fetch, parameters};
use crate::proto::v1::{ActionKind, FetchHistoryRequest};
use crate::queries;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use pawnshop_domain::ItemId;
use pawnshop_edge::page::{limit_up_to, with_next};
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::ReadProblems;
use pawnshop_edge::{Edge, Problem, Query, path_parameter};

/// One history of an item, oldest action first, by date and then event id; a `Link` leads to the next page
/// where there is one.
#[utoipa::path(
    get,
    path = "/item/fetch/{id}/{history}",
    tag = "items",
    params(parameters::HistoryPathAndQuery),
    responses(
        (
            status = 200,
            description = "A page of actions, possibly empty",
            content((parameters::AnyHistory = "application/json")),
            headers(("Link" = Option<String>, description = "Where the next page is: `<…>; rel=\"next\"`")),
        ),
        parameters::ItemNotFound,
        ReadProblems,
    ),
)]
pub(super) async fn fetch_history(
    State(edge): State<Edge>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (id, history) = match path {
        Ok(Path((id, history))) => (Ok(Path(id)), history),
        Err(rejection) => (Err(rejection), String::new()),
    };
    let id: ItemId = path_parameter("id", id)?;
    let kind = match history.as_str() {
        "buys" => ActionKind::Buy,
        "sells" => ActionKind::Sell,
        "pawns" => ActionKind::Pawn,
        _ => return Err(Problem::new(kinds::NOT_FOUND, "the histories are buys, sells and pawns")),
    };
    let mut query = Query::parse(query.as_deref())?;
    let limit = query.optional("limit", limit_up_to(queries::MAX_ACTIONS));
    let after = query.optional("after", cursor::decode_history);
    query.finish()?;

    let limit = limit.unwrap_or(queries::MAX_ACTIONS);
    let request = FetchHistoryRequest { item_id: id.to_string(), kind: kind.into(), limit, after };
    let page = edge
        .read(|workers| {
            let request = request.clone();
            async move { queries::client(workers).fetch_history(request).await }
        })
        .await
        .map_err(|status| fetch::not_found_or(status, &id))?;
    let actions = page.actions.into_iter().map(Action::from_proto).collect::<Result<Vec<_>, _>>()?;
    let response = Json(actions).into_response();
    let Some(next) = page.next else { return Ok(response) };
    Ok(with_next(response, format_args!("{}&limit={limit}", history_link(id.as_str(), &history, &next))))
}
