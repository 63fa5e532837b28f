//! A program's settings: from flags, environment and a file, each wins over the next, defaults come last.
//!
//! A program declares them in a table, asks for each with a parser, and builds its options at the end. Every
//! fault is collected on the way and told at once, with where the value came from; secrets are never told.
//!
//! ```no_run
//! # use pawnshop_runtime::settings::{Program, Setting, Settings, SettingsError, parse};
//! # struct Options { listen: std::net::SocketAddr, broker: secrecy::SecretString }
//! const PROGRAM: Program = Program {
//!     name: "pawnshop-example",
//!     version: "1.0.0",
//!     about: "Shows how settings are read",
//!     settings: &[
//!         Setting { key: "listen", env: "PAWNSHOP_LISTEN", value_name: "ADDR", help: "Where to listen", default: Some("0.0.0.0:8080"), secret: false },
//!         Setting { key: "broker-uri", env: "BROKER_URI", value_name: "URI", help: "The broker", default: None, secret: true },
//!     ],
//! };
//!
//! # fn options() -> Result<Options, SettingsError> {
//! let mut settings = Settings::load(&PROGRAM)?;
//! let listen = settings.value("listen", str::parse);
//! let broker = settings.required("broker-uri", parse::secret);
//! settings.finish(|| Some(Options { listen: listen?, broker: broker? }))
//! # }
//! ```

mod closest;
mod command;
mod error;
mod file;
mod layers;
pub mod parse;
#[cfg(test)]
mod tests;

pub use closest::closest;
pub use error::SettingsError;

use error::{Fault, Origin};
use layers::Given;
use secrecy::ExposeSecret;
use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::{self, Display};

/// What a program is called, and everything that can be set.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The executable's name.
    pub name: &'static str,
    /// What `--version` tells beside the name.
    pub version: &'static str,
    /// One sentence: what the program does.
    pub about: &'static str,
    /// Its settings, in the order of `--help`.
    pub settings: &'static [Setting],
}

/// One thing that can be set: by the flag `--<key>`, an environment variable, or `<key>` in the file.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name as a flag and in the file, in kebab case.
    pub key: &'static str,
    /// Its environment variable; an empty one counts as not set.
    pub env: &'static str,
    /// What stands for the value in `--help`.
    pub value_name: &'static str,
    /// One sentence for `--help`, without default and variable, which are added.
    pub help: &'static str,
    /// The value when none is given, written as a flag would be.
    pub default: Option<&'static str>,
    /// Whether the value must never be shown. A secret is also read from the file that `--<key>-file`,
    /// `<ENV>_FILE` or `<key>-file` names, without the line break at its end.
    pub secret: bool,
}

impl Setting {
    /// One that need not be given, and has no default.
    pub const fn optional(
        key: &'static str,
        env: &'static str,
        value_name: &'static str,
        help: &'static str,
    ) -> Self {
        Self { key, env, value_name, help, default: None, secret: false }
    }

    /// One that has a value when none is given.
    pub const fn with_default(
        key: &'static str,
        env: &'static str,
        value_name: &'static str,
        help: &'static str,
        default: &'static str,
    ) -> Self {
        Self { default: Some(default), ..Self::optional(key, env, value_name, help) }
    }

    /// A URI that may hold a password.
    pub const fn secret_uri(key: &'static str, env: &'static str, help: &'static str) -> Self {
        Self { secret: true, ..Self::optional(key, env, "URI", help) }
    }
}

/// The values given to a program, and the faults found so far.
pub struct Settings {
    program: &'static Program,
    given: BTreeMap<&'static str, Given>,
    faults: Vec<Fault>,
}

impl Settings {
    /// Reads the command line, the environment, and the file that `--config` or `PAWNSHOP_CONFIG` names.
    /// `--help`, `--version` and mistakes in the flags end the process, as is usual (status 0, 0, 2).
    ///
    /// # Errors
    /// When the file cannot be read or is no YAML mapping: no other fault can be told for sure without it.
    pub fn load(program: &'static Program) -> Result<Self, SettingsError> {
        let environment = |name: &str| std::env::var_os(name);
        match Self::read(program, std::env::args_os(), environment) {
            Ok(settings) => Ok(settings),
            Err(ReadError::Flags(error)) => error.exit(),
            Err(ReadError::File(error)) => Err(error),
        }
    }

    fn read(
        program: &'static Program,
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ReadError> {
        let matches = command::command(program).try_get_matches_from(arguments)?;
        let layers = layers::Layers::open(&matches, &environment)?;
        let mut settings = Self { program, given: BTreeMap::new(), faults: Vec::new() };
        for setting in program.settings {
            match layers.find(setting) {
                Ok(Some(given)) => drop(settings.given.insert(setting.key, given)),
                Ok(None) => {}
                Err(fault) => settings.faults.push(fault),
            }
        }
        settings.faults.extend(layers.unknown(program));
        Ok(settings)
    }

    /// The value of a setting that must be given. `None`: it is missing or faulty, which is noted.
    pub fn required<T, E: Display + 'static>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let told = self.faults.iter().any(|fault| fault.key == key);
        if !told && !self.given.contains_key(key) {
            self.faults.push(Fault::missing(key, self.setting(key)));
        }
        self.optional(key, parse)
    }

    /// The value of a setting that has a default. `None`: it is faulty, which is noted.
    pub fn value<T, E: Display + 'static>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.required(key, parse)
    }

    /// The value of a setting that need not be given. `None`: it is not, or it is faulty, which is noted.
    ///
    /// Why a secret is faulty is told only where the parser's error is a `&'static str`: any other could
    /// quote the value.
    pub fn optional<T, E: Display + 'static>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let secret = self.setting(key).is_some_and(|setting| setting.secret);
        let given = self.given.get(key)?;
        let raw = given.value.expose_secret();
        match parse(raw) {
            Ok(value) => Some(value),
            Err(error) => {
                let harmless = (&error as &dyn Any).downcast_ref::<&'static str>();
                let reason = match (secret, harmless) {
                    (false, _) => format!("\"{}\": {error}", raw.escape_debug()),
                    (true, Some(reason)) => (*reason).to_owned(),
                    (true, None) => {
                        "not valid (why is not told, since that could show the secret)".to_owned()
                    }
                };
                self.faults.push(Fault { key: key.to_owned(), origin: given.origin.clone(), reason });
                None
            }
        }
    }

    /// Notes a fault that lies between settings, or in one that parsed: `key` says where to look.
    pub fn fault(&mut self, key: &'static str, reason: impl Display) {
        let origin = self.given.get(key).map_or(Origin::Flag(key.to_owned()), |given| given.origin.clone());
        self.faults.push(Fault { key: key.to_owned(), origin, reason: reason.to_string() });
    }

    /// Whether a value was given by flag, variable or file, rather than by its default.
    pub fn is_given(&self, key: &'static str) -> bool {
        self.given.get(key).is_some_and(|given| given.origin != Origin::Default(key.to_owned()))
    }

    /// What the values make, unless any is faulty. `build` runs only when none is, and may use `?` on them.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, SettingsError> {
        if self.faults.is_empty() {
            if let Some(built) = build() {
                return Ok(built);
            }
            self.faults.push(Fault::unexplained());
        }
        Err(SettingsError::new(self.faults))
    }

    fn setting(&self, key: &str) -> Option<&'static Setting> {
        self.program.settings.iter().find(|setting| setting.key == key)
    }
}

/// Where values came from, and none of the values.
impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins = self.given.iter().map(|(key, given)| (key, given.origin.to_string()));
        formatter.debug_map().entries(origins).finish()
    }
}

/// Why settings cannot even be collected.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Flags(#[from] clap::Error),
    #[error(transparent)]
    File(#[from] SettingsError),
}
