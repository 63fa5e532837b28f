//! Where log lines go and how they look, and where spans go.

mod lines;
mod lost;
mod repeats;

pub(crate) use lines::close;

use lost::Lost;
use pawnshop_trace::{Pipeline, SpanLayer, TraceOptions};
use std::io::IsTerminal;
use tokio_util::task::AbortOnDropHandle;
use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer};

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
/// and payloads do not belong in logs; spans go elsewhere, and lines read the same with and without them.
const SILENCED: &str = "lapin::returned_messages=off,pawnshop::trace=off";

/// Why neither log lines nor spans can be had.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Both were set up before.
    #[error("cannot set up the log: {0}")]
    SetUpLog(#[from] TryInitError),
    /// The way out for spans cannot be opened.
    #[error("cannot trace: {0}")]
    StartTracing(#[from] pawnshop_trace::StartError),
}

/// The log and the spans of a running process.
#[derive(Debug)]
#[must_use = "the last lines and spans are lost without it"]
pub struct Telemetry {
    spans: Option<Pipeline>,
    lost: &'static Lost,
    _telling: AbortOnDropHandle<()>,
}

/// Sends this process's log lines to standard error, filtered by `RUST_LOG` (default: `info`). Standard
/// output stays free for what a command prints. Lines that would hold payloads are left out, whatever the level,
/// unless `RUST_LOG` names their target: `lapin::returned_messages=warn`; so are those that repeat a complaint too often, which
/// are counted and told of. Nobody waits for a line to be written: when standard error stands still, lines are dropped and
/// counted. With `spans`, it also has the process's requests traced.
///
/// Must be called within a tokio runtime, in which spans are sent.
///
/// # Errors
/// When logs were set up before, or spans cannot be exported whatever the collector does.
pub fn init(format: LogFormat, spans: Option<&TraceOptions>) -> Result<Telemetry, InitError> {
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let filter = filter(asked.as_deref());
    let (lines, dropped) = lines::open();
    let lost: &'static Lost = Box::leak(Box::new(Lost::new(dropped)));
    let pipeline = match spans {
        None => {
            log_alone(format, filter, lines, lost)?;
            None
        }
        Some(options) => {
            let (layer, pipeline) = pawnshop_trace::start(options)?;
            log_beside(format, filter, lines, lost, layer)?;
            // Not the path, which may hold a key.
            let collector = options.endpoint.authority().map(|authority| authority.as_str());
            tracing::info!(collector, "tracing {}", options.sampler);
            Some(pipeline)
        }
    };
    Ok(Telemetry { spans: pipeline, lost, _telling: AbortOnDropHandle::new(tokio::spawn(lost.tell())) })
}

impl Telemetry {
    /// Lets the last spans leave; takes a few seconds at most, and nothing where there is no tracing.
    pub async fn end(mut self) {
        if let Some(spans) = self.spans.take() {
            spans.end().await;
        }
    }
}

impl Drop for Telemetry {
    /// Has the last lines written.
    fn drop(&mut self) {
        self.lost.tell_once();
        close();
    }
}

fn log_alone(
    format: LogFormat,
    filter: EnvFilter,
    lines: NonBlocking,
    lost: &'static Lost,
) -> Result<(), TryInitError> {
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines);
    match format {
        LogFormat::Text => {
            builder.with_ansi(std::io::stderr().is_terminal()).finish().with(&lost.repeats).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).finish().with(&lost.repeats).try_init(),
    }
}

/// The same lines, filtered by themselves: the filter of lines is not one of spans.
fn log_beside(
    format: LogFormat,
    filter: EnvFilter,
    lines: NonBlocking,
    lost: &'static Lost,
    spans: SpanLayer,
) -> Result<(), TryInitError> {
    let lines = tracing_subscriber::fmt::layer().with_writer(lines);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    tracing_subscriber::registry().with(spans).with(lines).with(&lost.repeats).try_init()
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
    fn spans_are_in_no_line() {
        for asked in [None, Some("trace"), Some("pawnshop=trace")] {
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter(asked)).finish();
            subscriber::with_default(subscriber, || {
                assert!(!pawnshop_trace::is_on(), "{asked:?}");
                assert!(pawnshop_trace::root!("request").is_disabled(), "{asked:?}");
            });
        }
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
