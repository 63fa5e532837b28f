use super::command::CONFIG;
use super::error::{Origin, SettingsError};
use serde_yaml::Value;
use std::collections::BTreeMap;

/// The configuration file: text by key. Whoever asks for a key that holds no text learns why.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) values: BTreeMap<String, Result<String, &'static str>>,
}

impl File {
    /// Reads the file that `origin` named.
    pub(super) fn read(path: &str, origin: Origin) -> Result<Self, SettingsError> {
        let fault = |reason: String| SettingsError::one(CONFIG, origin.clone(), format!("{path} {reason}"));
        let text =
            std::fs::read_to_string(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
        let values = match serde_yaml::from_str(&text) {
            Ok(Value::Mapping(values)) => values,
            Ok(Value::Null) => return Ok(Self { path: path.to_owned(), values: BTreeMap::new() }),
            Ok(_) => return Err(fault("is not a YAML mapping of settings (key: value)".to_owned())),
            Err(error) => return Err(fault(format!("is not valid YAML: {error}"))),
        };
        let named = values.into_iter().filter_map(|(key, value)| {
            let key = scalar(&key)?;
            (value != Value::Null).then(|| (key, text_of(&value)))
        });
        Ok(Self { path: path.to_owned(), values: named.collect() })
    }

    /// Where the value of a key stands.
    pub(super) fn origin(&self, key: &str) -> Origin {
        Origin::File { path: self.path.clone(), key: key.to_owned() }
    }
}

/// A value as a flag would give it; lists are joined by commas.
fn text_of(value: &Value) -> Result<String, &'static str> {
    const EXPECTED: &str = "must be a text, a number, true or false, or a list of these";
    match value {
        Value::Sequence(items) => {
            let items: Option<Vec<_>> = items.iter().map(scalar).collect();
            items.map(|items| items.join(",")).ok_or(EXPECTED)
        }
        single => scalar(single).ok_or(EXPECTED),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}
