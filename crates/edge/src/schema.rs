//! How parameters look in OpenAPI, whatever service they are of.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required, Schema};

/// A parameter in the path.
pub fn in_path(name: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(name, ParameterIn::Path, Required::True, schema)
}

/// A parameter in the query, which may be absent.
pub fn in_query(name: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    parameter(name, ParameterIn::Query, Required::False, schema)
}

/// The limit of a page, of 1 to `most` entries.
pub fn limit(most: u32, default: u32) -> Schema {
    let mut schema = integer(1, most.into(), "The most entries of a page.");
    schema.default = Some(default.into());
    schema.into()
}

/// A list's cursor, whose texts are exactly those of the pattern.
pub fn cursor(pattern: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .description(Some("Where the page before ended: the cursor that its `Link` gave."))
        .build()
}

/// A whole number from `least` to `most`.
pub fn integer(least: i64, most: i64, description: &str) -> Object {
    let mut builder = ObjectBuilder::new().schema_type(Type::Integer).description(Some(description));
    builder = builder.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    let bound = |bound: i64| utoipa::Number::Int(bound as isize);
    builder.minimum(Some(bound(least))).maximum(Some(bound(most))).build()
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: Required,
    schema: impl Into<RefOr<Schema>>,
) -> Parameter {
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(schema)).build()
}
