//! The API's description, for `kubectl explain` and for whoever merges the descriptions of all APIs of a cluster.

use super::documents::{GROUP, METRIC, VERSION};
use serde_json::{Value, json};

/// Where the description by OpenAPI 3 is.
pub(super) const V3_PATH: &str = "/openapi/v3/apis/external.metrics.k8s.io/v1beta1";

/// The whole description, by OpenAPI 2.
pub(super) fn v2() -> Value {
    let answer = json!({"description": "The values.", "schema": {"$ref": format!("#/definitions/{LIST}")}});
    let parameters = json!([
        {"name": "namespace", "in": "path", "required": true, "type": "string", "uniqueItems": true},
        {"name": "labelSelector", "in": "query", "type": "string", "uniqueItems": true},
    ]);
    let mut operation = operation(parameters, answer);
    operation["produces"] = json!(["application/json"]);
    operation["schemes"] = json!(["https"]);
    json!({
        "swagger": "2.0",
        "info": info(),
        "paths": {path(): {"get": operation}},
        "definitions": schemas("#/definitions/"),
    })
}

/// Which descriptions there are by OpenAPI 3.
pub(super) fn v3_paths() -> Value {
    json!({"paths": {format!("apis/{GROUP}/{VERSION}"): {"serverRelativeURL": V3_PATH}}})
}

/// The description by OpenAPI 3.
pub(super) fn v3() -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{LIST}")});
    let answer = json!({"description": "The values.", "content": {"application/json": {"schema": schema}}});
    let text = json!({"type": "string", "uniqueItems": true});
    let parameters = json!([
        {"name": "namespace", "in": "path", "required": true, "schema": text},
        {"name": "labelSelector", "in": "query", "schema": text},
    ]);
    json!({
        "openapi": "3.0.0",
        "info": info(),
        "paths": {path(): {"get": operation(parameters, answer)}},
        "components": {"schemas": schemas("#/components/schemas/")},
    })
}

const LIST: &str = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.ExternalMetricValueList";
const ITEM: &str = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.ExternalMetricValue";

fn info() -> Value {
    json!({"title": "pawnshop-operator", "version": env!("CARGO_PKG_VERSION")})
}

fn path() -> String {
    format!("/apis/{GROUP}/{VERSION}/namespaces/{{namespace}}/{METRIC}")
}

fn operation(parameters: Value, answer: Value) -> Value {
    json!({
        "description": "the events that pools of shops are scaled by",
        "operationId": "listExternalMetricsV1beta1NamespacedPawnshopBacklog",
        "tags": ["externalMetrics_v1beta1"],
        "x-kubernetes-action": "list",
        "x-kubernetes-group-version-kind": kind("ExternalMetricValueList"),
        "parameters": parameters,
        "responses": {"200": answer},
    })
}

fn kind(kind: &str) -> Value {
    json!({"group": GROUP, "version": VERSION, "kind": kind})
}

fn schemas(references: &str) -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        LIST: {
            "type": "object",
            "description": "Values of a metric that were selected.",
            "required": ["items"],
            "properties": {
                "apiVersion": text("The version of this document's schema."),
                "kind": text("The kind of this document."),
                "metadata": {"type": "object", "description": "Nothing."},
                "items": {
                    "type": "array",
                    "description": "The values; none where one that was selected is not known.",
                    "items": {"$ref": format!("{references}{ITEM}")},
                },
            },
            "x-kubernetes-group-version-kind": [kind("ExternalMetricValueList")],
        },
        ITEM: {
            "type": "object",
            "description": "A value of a metric.",
            "required": ["metricName", "metricLabels", "timestamp", "value"],
            "properties": {
                "metricName": text("The metric's name."),
                "metricLabels": {
                    "type": "object",
                    "description": "What the value is selected by.",
                    "additionalProperties": {"type": "string"},
                },
                "timestamp": {"type": "string", "format": "date-time", "description": "When it was measured."},
                "value": text("The value, a quantity."),
            },
            "x-kubernetes-group-version-kind": [kind("ExternalMetricValue")],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_to_a_schema() {
        for document in [v2(), v3()] {
            let text = document.to_string();
            let references = text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
            let references: Vec<_> = references.collect();
            assert_eq!(references.len(), 2, "{text}");
            for reference in references {
                assert!(document.pointer(reference).is_some(), "{reference}");
            }
        }
    }
}
