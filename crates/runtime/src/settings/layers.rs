use super::closest;
use super::command::{CONFIG, CONFIG_ENV};
use super::error::{Fault, Origin, SettingsError};
use super::file::File;
use super::{Program, Setting};
use clap::ArgMatches;
use secrecy::SecretString;
use std::ffi::OsString;

/// A value, and where it came from.
pub(super) struct Given {
    /// Whether or not it is one, it is handled as a secret until the program has parsed it.
    pub(super) value: SecretString,
    pub(super) origin: Origin,
}

/// Flags, environment and file.
pub(super) struct Layers<'a, E> {
    flags: &'a ArgMatches,
    environment: &'a E,
    file: File,
}

impl<'a, E: Fn(&str) -> Option<OsString>> Layers<'a, E> {
    /// Opens the configuration file, if one is named.
    pub(super) fn open(flags: &'a ArgMatches, environment: &'a E) -> Result<Self, SettingsError> {
        let mut layers = Self { flags, environment, file: File::default() };
        let named = match layers.flag(CONFIG) {
            Some(named) => Some(named),
            None => layers.variable(CONFIG, CONFIG_ENV).map_err(|fault| SettingsError::new(vec![fault]))?,
        };
        if let Some((path, origin)) = named {
            layers.file = File::read(&path, origin)?;
        }
        Ok(layers)
    }

    /// What was given for a setting: by the first layer that has it, directly or as the name of a file.
    pub(super) fn find(&self, setting: &Setting) -> Result<Option<Given>, Fault> {
        let Setting { key, env, .. } = *setting;
        let file_key = format!("{key}-file");
        let layers: [Layer<'_>; 3] = [
            (&|| Ok(self.flag(key)), &|| Ok(self.flag(&file_key))),
            (&|| self.variable(key, env), &|| self.variable(key, &format!("{env}_FILE"))),
            (&|| self.file(key, key), &|| self.file(key, &file_key)),
        ];
        for (direct, in_file) in layers {
            match (direct()?, if setting.secret { in_file()? } else { None }) {
                (None, None) => {}
                (Some((value, origin)), None) => return Ok(Some(Given { value: value.into(), origin })),
                (None, Some((path, origin))) => return read_secret(key, &path, origin).map(Some),
                (Some((_, origin)), Some((_, other))) => {
                    let reason = format!("given together with {other}: one of them is enough");
                    return Err(Fault { key: key.to_owned(), origin, reason });
                }
            }
        }
        let default = |value: &str| Given { value: value.into(), origin: Origin::Default(key.to_owned()) };
        Ok(setting.default.map(default))
    }

    /// The file's keys that no setting has.
    pub(super) fn unknown(&self, program: &Program) -> Vec<Fault> {
        let known: Vec<String> = program.settings.iter().flat_map(file_keys).collect();
        let unknown = self.file.values.keys().filter(|key| !known.contains(key));
        unknown
            .map(|key| {
                let hint = closest(key, known.iter().map(String::as_str))
                    .map(|name| format!("; did you mean {name}?"))
                    .unwrap_or_default();
                Fault { key: key.clone(), origin: self.file.origin(key), reason: format!("unknown{hint}") }
            })
            .collect()
    }

    fn flag(&self, name: &str) -> Option<(String, Origin)> {
        let value = self.flags.try_get_one::<String>(name).ok().flatten()?;
        Some((value.clone(), Origin::Flag(name.to_owned())))
    }

    fn variable(&self, key: &str, name: &str) -> Result<Option<(String, Origin)>, Fault> {
        let origin = Origin::Variable(name.to_owned());
        match (self.environment)(name).map(OsString::into_string) {
            Some(Ok(value)) if value.is_empty() => Ok(None),
            Some(Ok(value)) => Ok(Some((value, origin))),
            Some(Err(_)) => Err(Fault { key: key.to_owned(), origin, reason: "not valid UTF-8".to_owned() }),
            None => Ok(None),
        }
    }

    fn file(&self, key: &str, name: &str) -> Result<Option<(String, Origin)>, Fault> {
        let origin = self.file.origin(name);
        match self.file.values.get(name) {
            Some(Ok(value)) => Ok(Some((value.clone(), origin))),
            Some(Err(reason)) => Err(Fault { key: key.to_owned(), origin, reason: (*reason).to_owned() }),
            None => Ok(None),
        }
    }
}

type Found = Result<Option<(String, Origin)>, Fault>;
/// How a layer gives a value, and how it names a file that holds the value.
type Layer<'a> = (&'a dyn Fn() -> Found, &'a dyn Fn() -> Found);

fn read_secret(key: &str, path: &str, origin: Origin) -> Result<Given, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            Ok(Given { value: line.strip_suffix('\r').unwrap_or(line).into(), origin })
        }
        Err(error) => {
            Err(Fault { key: key.to_owned(), origin, reason: format!("{path} cannot be read: {error}") })
        }
    }
}

fn file_keys(setting: &Setting) -> Vec<String> {
    let key = setting.key.to_owned();
    if setting.secret { vec![format!("{key}-file"), key] } else { vec![key] }
}
