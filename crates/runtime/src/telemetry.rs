//! Where log lines go and how they look.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people; coloured on a terminal.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What is logged unless `RUST_LOG` says otherwise.
const DEFAULT_FILTER: &str = "info";

/// What is not logged unless `RUST_LOG` names it: the AMQP client warns of each returned message with its whole body,
/// and payloads do not belong in logs.
const SILENCED: &str = "lapin::returned_messages=off";

/// Sends this process's log lines to standard error, filtered by `RUST_LOG` (default: `info`). Standard
/// output stays free for what a command prints. Lines that would hold payloads are left out, whatever the level,
/// unless `RUST_LOG` names their target: `lapin::returned_messages=warn`.
///
/// # Errors
/// When logs were set up before.
pub fn init(format: LogFormat) -> Result<(), TryInitError> {
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter(asked.as_deref())).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    }
}

/// What is asked for, or the default where nothing (that can be understood) is.
fn filter(asked: Option<&str>) -> EnvFilter {
    let with = |directives: &str| EnvFilter::try_new(format!("{SILENCED},{directives}"));
    let asked = asked.filter(|asked| !asked.trim().is_empty()).and_then(|asked| with(asked).ok());
    asked.unwrap_or_else(|| EnvFilter::new(format!("{SILENCED},{DEFAULT_FILTER}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::{Level, enabled, subscriber};

    /// Whether returned messages' bodies, and anything else of the client, would be logged as warnings.
    fn logged(asked: Option<&str>) -> (bool, bool) {
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter(asked)).finish();
        subscriber::with_default(subscriber, || {
            let bodies = enabled!(target: "lapin::returned_messages", Level::WARN);
            (bodies, enabled!(target: "lapin::channel", Level::WARN))
        })
    }

    #[test]
    fn bodies_are_logged_only_when_asked_for_by_name() {
        for asked in [None, Some(""), Some("info"), Some("debug"), Some("lapin=trace"), Some("no=such=thing")]
        {
            assert_eq!(logged(asked), (false, true), "{asked:?}");
        }
        assert_eq!(logged(Some("info,lapin::returned_messages=warn")), (true, true));
        assert_eq!(logged(Some("error")), (false, false));
    }
}
