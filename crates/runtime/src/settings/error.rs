use super::Setting;
use std::fmt;

/// Everything that is wrong with the settings, one line each, and where each value came from.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(.faults))]
pub struct SettingsError {
    faults: Vec<Fault>,
}

impl SettingsError {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    pub(super) fn one(key: &str, origin: Origin, reason: impl fmt::Display) -> Self {
        Self::new(vec![Fault { key: key.to_owned(), origin, reason: reason.to_string() }])
    }
}

/// One thing that is wrong. Its reason never holds a secret.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) key: String,
    pub(super) origin: Origin,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn missing(key: &str, setting: Option<&Setting>) -> Self {
        let reason = match setting {
            None => "the program asks for this setting without declaring it".to_owned(),
            Some(Setting { key, env, secret: true, .. }) => format!(
                "required: set {env} or {env}_FILE, --{key}-file, or {key} or {key}-file in the configuration file"
            ),
            Some(Setting { key, env, .. }) => {
                format!("required: set it, {env}, or {key} in the configuration file")
            }
        };
        Self { key: key.to_owned(), origin: Origin::Flag(key.to_owned()), reason }
    }

    /// For a program that declared no fault and yet built nothing.
    pub(super) fn unexplained() -> Self {
        let origin = Origin::Default("settings".to_owned());
        Self { key: String::new(), origin, reason: "incomplete, and the program does not say why".to_owned() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.origin, self.reason)
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `--<key>` on the command line.
    Flag(String),
    /// An environment variable.
    Variable(String),
    /// A key of the configuration file.
    File { path: String, key: String },
    /// The program itself.
    Default(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(formatter, "--{key}"),
            Self::Variable(name) => write!(formatter, "variable {name}"),
            Self::File { path, key } => write!(formatter, "file {path}, {key}"),
            Self::Default(key) => write!(formatter, "default of {key}"),
        }
    }
}

fn told(faults: &[Fault]) -> String {
    let count = match faults.len() {
        1 => "a fault".to_owned(),
        several => format!("{several} faults"),
    };
    faults.iter().fold(format!("{count} in the settings:"), |text, fault| format!("{text}\n  {fault}"))
}
