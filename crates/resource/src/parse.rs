use crate::fault::{Fault, Faults, hint};
use crate::{PawnShop, crd, rules, shape};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use kube::Resource;
use pawnshop_domain::FlowName;
use serde::Deserialize;
use serde_json::json;
use serde_yaml::Value;

impl PawnShop {
    /// Reads the one resource of a YAML text. `served`: the flows that the caller has, so that any other
    /// is a fault; `None` where any flow will do.
    ///
    /// # Errors
    /// Every fault there is, syntax faults excepted: those end the reading, with line and column.
    pub fn parse(text: &str, served: Option<&[FlowName]>) -> Result<Self, Faults> {
        let mut value = read(text)?;
        prune_nulls(&mut value);
        let mut faults = Vec::new();
        check_kind(&value, &mut faults);
        if !faults.is_empty() {
            // Another kind of thing altogether: what else is wrong with it as a shop helps nobody.
            return Err(Faults::of(faults));
        }
        let schema = whole_object(crd::schema());
        shape::check(&value, &schema, "", &mut faults);
        if let Some(served) = served {
            check_served(&value, served, &mut faults);
        }
        Faults::check(faults)?;
        // The schema lets nothing through that the type would refuse; should they ever differ, this tells.
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            Faults::one(&path, error.into_inner().to_string())
        })
    }
}

/// The text's only document.
fn read(text: &str) -> Result<Value, Faults> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document).map_err(|error| Faults::one("", error.to_string()))?;
        if !value.is_null() {
            documents.push(value);
        }
    }
    match documents.len() {
        0 => Err(Faults::one("", "the file is empty; it must hold one PawnShop")),
        1 => Ok(documents.remove(0)),
        many => Err(Faults::one("", format!("the file holds {many} documents; it must hold one PawnShop"))),
    }
}

/// As the API server does before it fills in defaults: a field without a value is absent.
fn prune_nulls(value: &mut Value) {
    match value {
        Value::Mapping(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(prune_nulls);
        }
        Value::Sequence(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

/// The schema with the fields that every Kubernetes object has. `status` and what the server adds to the
/// metadata are let through, so that what `kubectl get -o yaml` prints can be run as it is.
fn whole_object(mut schema: JSONSchemaProps) -> JSONSchemaProps {
    let text = json!({"type": "string"});
    let any = json!({"x-kubernetes-preserve-unknown-fields": true});
    let texts = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let common = json!({
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": text, "namespace": text, "labels": texts, "annotations": texts,
                "uid": text, "resourceVersion": any, "generation": any, "creationTimestamp": any,
                "deletionTimestamp": any, "deletionGracePeriodSeconds": any, "generateName": text,
                "finalizers": any, "ownerReferences": any, "managedFields": any, "selfLink": text,
            },
        },
        "status": any,
    });
    if let Ok(common) = serde_json::from_value::<std::collections::BTreeMap<String, JSONSchemaProps>>(common)
    {
        schema.properties.get_or_insert_default().extend(common);
    }
    let required = schema.required.get_or_insert_default();
    for (place, name) in ["apiVersion", "kind", "metadata"].into_iter().enumerate() {
        required.insert(place, name.to_owned());
    }
    schema
}

fn check_kind(value: &Value, faults: &mut Vec<Fault>) {
    let wanted = [("apiVersion", PawnShop::api_version(&())), ("kind", PawnShop::kind(&()))];
    for (field, wanted) in wanted {
        if let Some(given) = value[field].as_str()
            && given != wanted
        {
            let message = format!("must be {wanted}, not {given}");
            faults.push(Fault { path: field.to_owned(), message });
        }
    }
}

/// Names that are no flow's are told as such by the schema's rules.
fn check_served(shop: &Value, served: &[FlowName], faults: &mut Vec<Fault>) {
    for (index, pool) in shop["spec"]["pools"].as_sequence().into_iter().flatten().enumerate() {
        for (place, flow) in pool["flows"].as_sequence().into_iter().flatten().enumerate() {
            if let Some(flow) = flow.as_str().and_then(|flow| flow.parse::<FlowName>().ok())
                && !rules::is_reserved(flow.as_str())
                && !served.contains(&flow)
            {
                let path = format!("spec.pools[{index}].flows[{place}]");
                let hint = hint(flow.as_str(), served.iter().map(FlowName::as_str));
                faults.push(Fault { path, message: format!("no flow \"{flow}\" here; {hint}") });
            }
        }
    }
}
