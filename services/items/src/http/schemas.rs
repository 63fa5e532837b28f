//! How this service's values look in OpenAPI: exactly as strict as their parsers.

use crate::model::{Category, State};
use pawnshop_edge::schema::{cursor, integer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};

/// 1 to 128 printable characters without `/`, with blanks only inside; not `.` or `..`.
const PRINTABLE_ID: &str = concat!(
    r"^(?!\.{1,2}$)(?! )[^/\x00-\x1f\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]{0,127}",
    r"[^/\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$",
);

/// Dates as RFC 3339 writes them; the offset of a date-time is required.
const DATES: &str = "An RFC 3339 date (midnight UTC) or date-time. Default: now.";

pub(super) fn item_id() -> Object {
    printable_id("The item's id: 1 to 128 printable characters without \"/\", no space at either end.")
}

pub(super) fn optional_item_id() -> Object {
    let mut schema = printable_id("The item's own id; without one, a UUID is generated.");
    schema.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    schema
}

pub(super) fn client_id() -> Object {
    printable_id("The client's id: 1 to 128 printable characters without \"/\", no space at either end.")
}

pub(super) fn event_id() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .description(Some("The event that did it; also its place among actions of the same date."))
        .build()
}

pub(super) fn item_name() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(1024))
        .pattern(Some(r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\x00-\x1f\x7f-\x9f]*$"))
        .description(Some("What the item is called, without control characters and not only blanks."))
        .build()
}

pub(super) fn category() -> Object {
    one_of(Category::NAMES, "What sort of thing it is; upper and lower case are the same.")
}

pub(super) fn state() -> Object {
    one_of(State::NAMES, "In what shape it is; upper and lower case are the same.")
}

pub(super) fn price() -> Object {
    integer(0, i64::MAX, "Minor units (cents) of the shop's currency.")
}

pub(super) fn profit() -> Object {
    integer(i64::MIN, i64::MAX, "Minor units (cents) of the shop's currency; below zero for a loss.")
}

pub(super) fn age_in_months() -> Object {
    integer(0, i64::from(u32::MAX), "How old the item is, in months.")
}

pub(super) fn tax() -> Object {
    integer(0, i64::from(u32::MAX), "Interest, in whole per cent.")
}

pub(super) fn limit_days() -> Object {
    integer(1, i64::from(u32::MAX), "Days until the loan lapses.")
}

pub(super) fn date() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("When it was done, in UTC."))
        .build()
}

pub(super) fn optional_date() -> Schema {
    let formatted = |format| {
        ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format))).build()
    };
    AnyOfBuilder::new()
        .item(formatted(KnownFormat::Date))
        .item(formatted(KnownFormat::DateTime))
        .item(ObjectBuilder::new().schema_type(Type::Null).build())
        .description(Some(DATES))
        .build()
        .into()
}

/// The body of an action: the fields of every action, and its own.
pub(super) fn action<const N: usize>(own: [(&str, Object); N]) -> RefOr<Schema> {
    let common = ObjectBuilder::new()
        .property("clientId", client_id())
        .property("itemId", item_id())
        .property("price", price())
        .property("date", optional_date());
    let common = ["clientId", "itemId", "price"].into_iter().fold(common, ObjectBuilder::required);
    let all = own.into_iter().fold(common, |all, (name, schema)| all.property(name, schema).required(name));
    all.build().into()
}

/// The purchases of an item.
pub(super) fn buys() -> RefOr<Schema> {
    history([])
}

/// The sales of an item.
pub(super) fn sells() -> RefOr<Schema> {
    history([("profit", profit())])
}

/// The loans on an item.
pub(super) fn pawns() -> RefOr<Schema> {
    history([("tax", tax()), ("limitDays", limit_days())])
}

fn history<const N: usize>(own: [(&str, Object); N]) -> RefOr<Schema> {
    let common = [
        ("eventId", event_id()),
        ("clientId", client_id()),
        ("itemId", item_id()),
        ("price", price()),
        ("date", date()),
    ];
    let add = |object: ObjectBuilder, (name, schema)| object.property(name, schema).required(name);
    let action = own.into_iter().fold(common.into_iter().fold(ObjectBuilder::new(), add), add);
    ArrayBuilder::new().items(action).max_items(Some(1000)).build().into()
}

fn printable_id(description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(128))
        .pattern(Some(PRINTABLE_ID))
        .description(Some(description))
        .build()
}

fn one_of(names: &[&str], description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names.iter().copied()))
        .description(Some(description))
        .build()
}

pub(super) fn list_cursor() -> Object {
    cursor("^A[Q-Za-f][A-Za-z0-9_-]+$")
}

pub(super) fn history_cursor() -> Object {
    cursor(super::cursor::HISTORY_PATTERN)
}
