use super::parameters;
use crate::proto::v1;
use pawnshop_domain::Instant;
use serde::Serialize;
use utoipa::ToSchema;

/// An object that was seen of late.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Presence {
    #[schema(schema_with = parameters::object_id)]
    id: String,
    #[schema(schema_with = parameters::last_seen)]
    last_seen: String,
}

impl From<v1::Presence> for Presence {
    fn from(presence: v1::Presence) -> Self {
        Self { id: presence.object_id, last_seen: Instant::from_micros(presence.last_seen_us).to_string() }
    }
}
