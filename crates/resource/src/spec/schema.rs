//! Pieces of schema that no type derives.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// An object of another kind's, kept as it is.
pub type Opaque = Map<String, Value>;

/// An object whose fields are another kind's: kept as it is, checked by whoever takes it.
pub(super) fn opaque(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true,
        "maxProperties": 64,
    })
}

/// A list of such objects.
pub(super) fn opaque_list(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": opaque(generator),
        "maxItems": 32,
    })
}

/// Labels.
pub(super) fn labels(_: &mut SchemaGenerator) -> Schema {
    texts(63)
}

/// Annotations.
pub(super) fn annotations(_: &mut SchemaGenerator) -> Schema {
    texts(4096)
}

/// What a container asks for or is held to, by the name of the resource; the pattern is Kubernetes' own.
pub(super) fn quantities(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": {
            "x-kubernetes-int-or-string": true,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
        },
    })
}

/// Conditions, one of each type.
pub(super) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 32,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["type", "status", "reason", "message", "lastTransitionTime"],
            "properties": {
                "type": {"type": "string", "maxLength": 316, "description": "What is said something about."},
                "status": {
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                    "maxLength": 7,
                    "description": "Whether it is so.",
                },
                "reason": {"type": "string", "minLength": 1, "maxLength": 128, "description": "Why, in one word."},
                "message": {"type": "string", "maxLength": 4096, "description": "Why, and what to do about it."},
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "maxLength": 64,
                    "description": "Since when the status is what it is.",
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "The generation of the shop that this was found with.",
                },
            },
        },
    })
}

/// A moment.
pub(super) fn date_time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time", "maxLength": 64})
}

/// Figures by name.
pub(super) fn figures(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": {"type": "integer", "format": "int32", "minimum": 0},
        "maxProperties": 32,
    })
}

fn texts(longest: u32) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": longest},
        "maxProperties": 64,
    })
}
