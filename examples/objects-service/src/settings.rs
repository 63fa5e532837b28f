use crate::{Behaviour, Share};
use pawnshop_runtime::settings::{Program, Setting, Settings, SettingsError, parse};
use pawnshop_runtime::telemetry::LogFormat;
use std::net::SocketAddr;

/// What the program is called, and all that can be set.
pub(crate) const PROGRAM: Program = Program {
    name: "objects-service",
    version: env!("CARGO_PKG_VERSION"),
    about: "Stands in for a slow outside service that tells whether objects are online: GET /objects/{id}, GET /stats",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting::with_default("listen", "OBJECTS_LISTEN", "ADDR", "Where it listens", "127.0.0.1:8090"),
    Setting::with_default("seed", "OBJECTS_SEED", "N", "The same seed gives the same answers", "1"),
    Setting::with_default(
        "min-latency",
        "OBJECTS_MIN_LATENCY",
        "DURATION",
        "How long an answer takes at least",
        "300ms",
    ),
    Setting::with_default(
        "max-latency",
        "OBJECTS_MAX_LATENCY",
        "DURATION",
        "How long an answer takes at most; every latency between is as likely",
        "4s",
    ),
    share("online-share", "OBJECTS_ONLINE_SHARE", "The share of objects that are online, from 0 to 1", "0.5"),
    share("unknown-share", "OBJECTS_UNKNOWN_SHARE", "The share of objects that it does not know: 404", "0"),
    share("broken-share", "OBJECTS_BROKEN_SHARE", "The share of objects whose every look-up fails: 500", "0"),
    share(
        "error-share",
        "OBJECTS_ERROR_SHARE",
        "The share of look-ups that fail, and may pass when made again: 500",
        "0",
    ),
    share("hang-share", "OBJECTS_HANG_SHARE", "The share of look-ups that are never answered", "0"),
    share(
        "nonsense-share",
        "OBJECTS_NONSENSE_SHARE",
        "The share of look-ups whose answer makes no sense",
        "0",
    ),
    Setting::with_default("log-format", "PAWNSHOP_LOG_FORMAT", "text|json", "How the log is written", "text"),
];

const fn share(key: &'static str, env: &'static str, help: &'static str, default: &'static str) -> Setting {
    Setting::with_default(key, env, "SHARE", help, default)
}

/// What the program is to be, with nothing wrong in it.
pub(crate) struct ServiceSettings {
    pub(crate) listen: SocketAddr,
    pub(crate) behaviour: Behaviour,
    pub(crate) log_format: LogFormat,
}

/// Reads the settings of this process. `--help`, `--version` and unknown flags end it.
///
/// # Errors
/// Every fault at once.
pub(crate) fn load() -> Result<ServiceSettings, SettingsError> {
    judge(Settings::load(&PROGRAM)?)
}

fn judge(mut settings: Settings) -> Result<ServiceSettings, SettingsError> {
    let listen = settings.value("listen", str::parse::<SocketAddr>);
    let seed = settings.value("seed", str::parse::<u64>);
    let shortest = settings.value("min-latency", parse::duration);
    let longest = settings.value("max-latency", parse::duration);
    if let (Some(shortest), Some(longest)) = (shortest, longest)
        && shortest > longest
    {
        settings.fault("min-latency", "must not be longer than max-latency");
    }
    let [online, unknown, broken, errors, hangs, nonsense] =
        ["online-share", "unknown-share", "broken-share", "error-share", "hang-share", "nonsense-share"]
            .map(|key| settings.value(key, str::parse::<Share>));
    let look_ups: f64 = [errors, hangs, nonsense].into_iter().flatten().map(Share::get).sum();
    // 0.1 and 0.2 and 0.7 may be a little more than 1.
    if look_ups > 1.0 + f64::EPSILON {
        settings.fault("error-share", "must be 1 at most together with hang-share and nonsense-share");
    }
    let log_format = settings.value("log-format", parse::log_format);
    settings.finish(|| {
        Some(ServiceSettings {
            listen: listen?,
            behaviour: Behaviour {
                seed: seed?,
                latency: shortest?..=longest?,
                online: online?,
                unknown: unknown?,
                broken: broken?,
                hangs: hangs?,
                errors: errors?,
                nonsense: nonsense?,
            },
            log_format: log_format?,
        })
    })
}
