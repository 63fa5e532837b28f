//! How this service's values look in OpenAPI, and the responses that its endpoints have.

use super::cursor;
use crate::model::MAX_ID_LENGTH;
use crate::queries::MAX_OBJECTS;
use pawnshop_edge::problem::kinds;
use pawnshop_edge::responses::problem_responses;
use pawnshop_edge::schema;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoParams, IntoResponses};

/// How many objects a page shows unless it is told.
pub(super) const DEFAULT_LIMIT: u32 = 10;

/// 1 to 200 characters, none of control; not `.` or `..`.
const OBJECT_ID: &str = r"^(?!\.{1,2}$)[^\x00-\x1f\x7f-\x9f]+$";

/// `{id}`.
pub(super) struct ObjectIdInPath;

/// `?limit=&after=`.
pub(super) struct ListQuery;

/// The 404 of an object.
pub(super) struct NotSeen;

impl IntoParams for ObjectIdInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![schema::in_path("id", object_id())]
    }
}

impl IntoParams for ListQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            schema::in_query("limit", schema::limit(MAX_OBJECTS, DEFAULT_LIMIT)),
            schema::in_query("after", schema::cursor(cursor::PATTERN)),
        ]
    }
}

impl IntoResponses for NotSeen {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problem_responses(&[kinds::PRESENCE_NOT_FOUND, kinds::NOT_FOUND])
    }
}

pub(super) fn object_id() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(MAX_ID_LENGTH))
        .pattern(Some(OBJECT_ID))
        .description(Some("The object's id, without control characters, and not \".\" or \"..\"."))
        .build()
}

pub(super) fn last_seen() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("When the object was found online last, in UTC."))
        .build()
}
