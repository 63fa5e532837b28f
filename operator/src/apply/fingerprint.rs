use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What of an object changes whenever somebody changes what we own of it, and not with its status: eight bytes for
/// each of the many objects of many shops.
///
/// It covers the object's identity, its owners, its generation (where its kind has one) and who manages which fields
/// since when, status aside: whoever changes a field takes it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// That of an object with this metadata.
    pub fn of(metadata: &ObjectMeta) -> Self {
        let mut hasher = DefaultHasher::new();
        metadata.uid.hash(&mut hasher);
        metadata.generation.hash(&mut hasher);
        metadata.labels.hash(&mut hasher);
        metadata.deletion_timestamp.is_some().hash(&mut hasher);
        for owner in metadata.owner_references.iter().flatten() {
            (&owner.uid, &owner.name, owner.controller).hash(&mut hasher);
        }
        let of_status = |subresource: &Option<String>| subresource.as_deref() == Some("status");
        for entry in metadata.managed_fields.iter().flatten().filter(|entry| !of_status(&entry.subresource)) {
            (&entry.manager, &entry.operation, &entry.subresource).hash(&mut hasher);
            entry.time.as_ref().map(|time| time.0.as_nanosecond()).hash(&mut hasher);
            entry.fields_v1.as_ref().map(|fields| fields.0.to_string()).hash(&mut hasher);
        }
        Self(hasher.finish())
    }
}

/// What is desired of an object, in as many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DesiredHash(u64);

impl DesiredHash {
    /// That of an apply configuration.
    pub fn of(object: &Value) -> Self {
        let mut hasher = DefaultHasher::new();
        object.to_string().hash(&mut hasher);
        Self(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(change: impl FnOnce(&mut Value)) -> Fingerprint {
        let mut metadata = json!({
            "name": "a", "uid": "1", "generation": 1, "resourceVersion": "5",
            "managedFields": [
                {"manager": "us", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:a": {}}}},
                {"manager": "kcm", "operation": "Update", "subresource": "status", "time": "2026-01-01T00:00:00Z"},
            ],
        });
        change(&mut metadata);
        Fingerprint::of(&serde_json::from_value(metadata).unwrap())
    }

    #[test]
    fn a_status_leaves_the_fingerprint_as_it_is() {
        let with_status = metadata(|metadata| {
            metadata["resourceVersion"] = json!("9");
            metadata["managedFields"][1]["time"] = json!("2026-01-01T00:05:00Z");
        });
        assert_eq!(with_status, metadata(|_| {}));
    }

    #[test]
    fn whatever_changes_the_rest_changes_it() {
        let changes: [fn(&mut Value); 7] = [
            |metadata| metadata["generation"] = json!(2),
            |metadata| metadata["uid"] = json!("2"),
            |metadata| metadata["labels"] = json!({"a": "b"}),
            |metadata| {
                metadata["ownerReferences"] =
                    json!([{"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u"}])
            },
            |metadata| metadata["managedFields"][0]["time"] = json!("2026-01-01T00:00:01Z"),
            |metadata| metadata["managedFields"][0]["fieldsV1"] = json!({"f:spec": {}}),
            |metadata| metadata["deletionTimestamp"] = json!("2026-01-01T00:00:01Z"),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            assert_ne!(metadata(change), metadata(|_| {}), "change {index}");
        }
    }
}
