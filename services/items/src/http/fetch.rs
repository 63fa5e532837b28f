use super::representation::ItemWithHistory;
use crate::proto::v1::FetchItemRequest;
use crate::queries;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use pawnshop_domain::ItemId;
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::ReadProblems;
use pawnshop_edge::{Edge, Problem, path_parameter};
use tonic::{Code, Status};

/// An item with its history. Each history shows at most 1,000 actions, oldest first; where there are more,
/// `truncated` links to the rest.
#[utoipa::path(
    get,
    path = "/item/fetch/{id}",
    tag = "items",
    params(super::parameters::ItemIdInPath),
    responses(
        (status = 200, description = "The item with its history", body = ItemWithHistory),
        super::parameters::ItemNotFound,
        ReadProblems,
    ),
)]
pub(super) async fn fetch_item(
    State(edge): State<Edge>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ItemWithHistory>, Problem> {
    let id = path_parameter("id", path)?;
    item(&edge, &id).await.map(Json)
}

/// Reads one item with its history.
pub(super) async fn item(edge: &Edge, id: &ItemId) -> Result<ItemWithHistory, Problem> {
    let request = FetchItemRequest { id: id.to_string() };
    let found = edge
        .read(|workers| {
            let request = request.clone();
            async move { queries::client(workers).fetch_item(request).await }
        })
        .await
        .map_err(|status| not_found_or(status, id))?;
    ItemWithHistory::from_proto(found)
}

/// The problem of a failed read of one item.
pub(super) fn not_found_or(status: Status, id: &ItemId) -> Problem {
    if status.code() == Code::NotFound {
        return Problem::new(kinds::ITEM_NOT_FOUND, format!("there is no item \"{id}\", or not yet"));
    }
    status.into()
}
