use super::parameters::{NotSeen, ObjectIdInPath};
use super::representation::Presence;
use crate::model::ObjectId;
use crate::proto::v1::FetchPresenceRequest;
use crate::queries;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::ReadProblems;
use pawnshop_edge::{Edge, Problem, path_parameter};
use tonic::Code;

/// When an object was seen last; 404 where it was not seen of late, or was never heard of.
#[utoipa::path(
    get,
    path = "/presence/{id}",
    tag = "presence",
    params(ObjectIdInPath),
    responses(
        (status = 200, description = "The object, which was seen of late", body = Presence),
        NotSeen,
        ReadProblems,
    ),
)]
pub(super) async fn fetch_presence(
    State(edge): State<Edge>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Presence>, Problem> {
    let id: ObjectId = path_parameter("id", path)?;
    let request = FetchPresenceRequest { object_id: id.to_string() };
    let found = edge
        .read(|workers| {
            let request = request.clone();
            async move { queries::client(workers).fetch_presence(request).await }
        })
        .await;
    match found {
        Ok(presence) => Ok(Json(presence.into())),
        Err(status) if status.code() == Code::NotFound => {
            Err(Problem::new(kinds::PRESENCE_NOT_FOUND, format!("the object \"{id}\" was not seen of late")))
        }
        Err(status) => Err(status.into()),
    }
}
