//! The parameters and responses that several endpoints document alike.

use super::schemas;
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::problem_responses;
use pawnshop_edge::schema::{in_path, in_query, limit};
use std::collections::BTreeMap;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Response, Schema};
use utoipa::{IntoParams, IntoResponses, PartialSchema, ToSchema};

/// `{id}`.
pub(super) struct ItemIdInPath;

/// `{id}/{history}?limit=&after=`.
pub(super) struct HistoryPathAndQuery;

/// `?id=`, or one of `?name=`, `?category=`, `?state=` with `limit=` and `after=`.
pub(super) struct ListQuery;

/// The 404 of an item.
pub(super) struct ItemNotFound;

/// Actions of any one kind.
pub(super) struct AnyHistory;

impl IntoParams for ItemIdInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_path("id", schemas::item_id())]
    }
}

impl IntoParams for HistoryPathAndQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let histories = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["buys", "sells", "pawns"]))
            .build();
        vec![
            in_path("id", schemas::item_id()),
            in_path("history", histories),
            in_query("limit", limit(1000, 1000)),
            in_query("after", schemas::history_cursor()),
        ]
    }
}

impl IntoParams for ListQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            in_query("id", schemas::item_id()),
            in_query("name", schemas::item_name()),
            in_query("category", schemas::category()),
            in_query("state", schemas::state()),
            in_query("limit", limit(100, 10)),
            in_query("after", schemas::list_cursor()),
        ]
    }
}

impl IntoResponses for ItemNotFound {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&[kinds::ITEM_NOT_FOUND, kinds::NOT_FOUND])
    }
}

impl ToSchema for AnyHistory {}

impl PartialSchema for AnyHistory {
    fn schema() -> RefOr<Schema> {
        let any = AnyOfBuilder::new().item(schemas::buys()).item(schemas::sells()).item(schemas::pawns());
        RefOr::T(any.build().into())
    }
}
