//! Bad shops and what is said about each, for tests that bring them before the parser, its rules in CEL, and a real
//! API server, and for the table in `docs/RESOURCE.md`.

use serde::Deserialize;
use serde_json::{Value, json};

/// A resource that is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadShop {
    /// What is wrong with it.
    pub what: String,
    /// Its name.
    #[serde(default = "default_name")]
    pub name: String,
    /// The spec of the good shop that it is a change of; `None`: it is refused as it is.
    pub before: Option<Value>,
    /// Its spec.
    pub spec: Value,
    /// What the API server's answer holds, among other words.
    pub says: Vec<String>,
    /// All that `pawnshop up -f` says; nothing where only a change is bad.
    pub up: Vec<String>,
}

impl BadShop {
    /// The whole resource.
    pub fn resource(&self) -> Value {
        resource(&self.name, &self.spec)
    }

    /// The good resource that it is a change of.
    pub fn resource_before(&self) -> Option<Value> {
        self.before.as_ref().map(|spec| resource(&self.name, spec))
    }
}

/// Every bad shop, from `testdata/bad`.
///
/// # Errors
/// A file that is not as it should be.
pub fn bad_shops() -> Result<Vec<BadShop>, serde_yaml::Error> {
    let files = [
        include_str!("../testdata/bad/names.yaml"),
        include_str!("../testdata/bad/backends.yaml"),
        include_str!("../testdata/bad/pools.yaml"),
        include_str!("../testdata/bad/edge.yaml"),
    ];
    let lists: Vec<Vec<BadShop>> = files.into_iter().map(serde_yaml::from_str).collect::<Result<_, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

fn resource(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": name}, "spec": spec})
}

fn default_name() -> String {
    "downtown".to_owned()
}
