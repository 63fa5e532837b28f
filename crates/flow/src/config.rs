//! What a pool's `config` says to the pool's flows. Each flow names the keys that are its own, and of what type they
//! are; whoever runs the pool finds every fault at its start, so that a handler reads what is known to be good.

use crate::Flow;
use pawnshop_domain::FlowName;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

/// A pool's `config`: an object, whose keys belong to the pool's flows. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolConfig(Arc<Map<String, Value>>);

/// A key of a pool's `config`, and the type of its value. A constant of the flow that reads it.
#[derive(Debug)]
pub struct ConfigKey<T> {
    name: &'static str,
    required: bool,
    value: PhantomData<fn() -> T>,
}

/// A [`ConfigKey`] of any type, as a [`Flow`] lists it.
pub trait Key: Send + Sync {
    /// Its name in the resource, in camel case.
    fn name(&self) -> &'static str;

    /// Whether the flow cannot do without.
    fn is_required(&self) -> bool;

    /// What is wrong with its value: why it is not of the key's type. Nothing where there is none.
    fn fault(&self, config: &PoolConfig) -> Option<String>;
}

/// What is wrong with a pool's `config`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    /// A flow cannot do without this key.
    #[error("\"{key}\" is missing: flow \"{flow}\" needs it")]
    Missing {
        /// The key.
        key: &'static str,
        /// The flow that reads it.
        flow: FlowName,
    },
    /// A value is not of its key's type.
    #[error("\"{key}\", which flow \"{flow}\" reads: {reason}")]
    Value {
        /// The key.
        key: &'static str,
        /// The flow that reads it.
        flow: FlowName,
        /// What is wrong.
        reason: String,
    },
    /// No flow of the pool reads this key.
    #[error("\"{key}\" is read by no flow of the pool; {}", known_in_words(.known))]
    Unknown {
        /// The key.
        key: String,
        /// The keys that are read.
        known: Vec<&'static str>,
    },
}

/// A text is no `config`.
#[derive(Debug, thiserror::Error)]
pub enum ParseConfigError {
    /// It is no JSON.
    #[error("must be a JSON object: {0}")]
    Json(#[from] serde_json::Error),
    /// It is another value.
    #[error("must be a JSON object")]
    NoObject,
}

impl PoolConfig {
    /// A key's value. `None`: it is not there; or it is of another type, of which [`PoolConfig::faults`] tells.
    pub fn get<T: DeserializeOwned>(&self, key: &ConfigKey<T>) -> Option<T> {
        self.value(key.name).and_then(|value| T::deserialize(value).ok())
    }

    /// Everything that is wrong with it, where these are the flows of the pool.
    pub fn faults(&self, flows: &[Flow]) -> Vec<ConfigFault> {
        let read = || flows.iter().flat_map(|flow| flow.config.iter().map(move |key| (&flow.name, key)));
        let of_flows = read().filter_map(|(flow, key)| {
            let (key, name, flow) = (key, key.name(), flow.clone());
            if self.value(name).is_none() {
                return key.is_required().then_some(ConfigFault::Missing { key: name, flow });
            }
            key.fault(self).map(|reason| ConfigFault::Value { key: name, flow, reason })
        });
        let known: BTreeSet<&'static str> = read().map(|(_, key)| key.name()).collect();
        let unknown = self
            .0
            .keys()
            .filter(|key| !known.contains(key.as_str()))
            .map(|key| ConfigFault::Unknown { key: key.clone(), known: known.iter().copied().collect() });
        of_flows.chain(unknown).collect()
    }

    /// A null is no value, as it is none to Kubernetes.
    fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }
}

impl From<Map<String, Value>> for PoolConfig {
    fn from(config: Map<String, Value>) -> Self {
        Self(Arc::new(config))
    }
}

/// As workers are handed it: one line of JSON.
impl FromStr for PoolConfig {
    type Err = ParseConfigError;

    fn from_str(text: &str) -> Result<Self, ParseConfigError> {
        match serde_json::from_str(text)? {
            Value::Object(config) => Ok(config.into()),
            _ => Err(ParseConfigError::NoObject),
        }
    }
}

impl<T: DeserializeOwned> ConfigKey<T> {
    /// A key that a flow can do without.
    pub const fn optional(name: &'static str) -> Self {
        Self { name, required: false, value: PhantomData }
    }

    /// A key that a flow cannot do without: no worker of the flow starts where it is missing.
    pub const fn required(name: &'static str) -> Self {
        Self { required: true, ..Self::optional(name) }
    }
}

impl<T: DeserializeOwned> Key for ConfigKey<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_required(&self) -> bool {
        self.required
    }

    fn fault(&self, config: &PoolConfig) -> Option<String> {
        T::deserialize(config.value(self.name)?).err().map(|error| error.to_string())
    }
}

fn known_in_words(known: &[&str]) -> String {
    match known {
        [] => "they read none".to_owned(),
        known => format!("they read {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests;
