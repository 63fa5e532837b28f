//! The life of a process that serves until it is told to end: what comes before its start, and after its end.

use crate::settings::SettingsError;
use crate::telemetry::{self, InitError, LogFormat};
use crate::{metrics, shutdown, tls};
use pawnshop_trace::TraceOptions;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, thread};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

/// The status after bad settings, as it is after bad flags.
const BAD_USAGE: u8 = 2;

/// How long threads may keep a process from ending once it has shut down. What they do by then nobody waits for.
const END_DEADLINE: Duration = Duration::from_millis(500);

/// A process that serves from its start until it is told to end.
pub trait Process: Sized {
    /// The executable's name.
    const NAME: &'static str;

    /// Whether its memory may be in huge pages (2 MiB): a little quicker, while all of a page stays resident for any
    /// small thing that is left in it.
    const HUGE_PAGES: bool = true;

    /// What it is to be, with nothing wrong in it.
    type Settings;

    /// Why it does not start, or ends by itself.
    type Error: Error + 'static;

    /// How many threads its tasks share on a machine with so many cores, unless `TOKIO_WORKER_THREADS` says.
    fn threads(cores: usize) -> usize {
        cores
    }

    /// How its log lines are written.
    fn log_format(settings: &Self::Settings) -> LogFormat;

    /// What of it is traced, and where to; nothing unless told.
    fn tracing(_settings: &Self::Settings) -> Option<&TraceOptions> {
        None
    }

    /// Begins to serve.
    fn start(settings: Self::Settings) -> impl Future<Output = Result<Self, Self::Error>>;

    /// Serves until it is told to stop, then ends in good order; an error when it ends by itself.
    fn serve(self, stop: CancellationToken) -> impl Future<Output = Result<(), Self::Error>>;
}

/// Runs a process until SIGTERM or Ctrl-C, then ends it in good order. A second signal ends it at once, with status
/// 130; what keeps it from starting, or ends it early, is told on standard error. `load` runs within the asynchronous runtime, since
/// clients of servers begin to connect there.
pub fn run<P: Process>(load: impl FnOnce() -> Result<P::Settings, SettingsError>) -> ExitCode {
    if !P::HUGE_PAGES {
        do_without_huge_pages();
    }
    tls::install_provider();
    match live::<P>(load) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(P::NAME, &error);
            error.code()
        }
    }
}

fn live<P: Process>(load: impl FnOnce() -> Result<P::Settings, SettingsError>) -> Result<(), LifeError> {
    // Before anything counts: what is counted goes to the recorder that is installed by then.
    metrics::install()?;
    let runtime = runtime::<P>().map_err(LifeError::StartRuntime)?;
    let lived = runtime.block_on(async {
        let settings = load()?;
        let telemetry = telemetry::init(P::log_format(&settings), P::tracing(&settings))?;
        let served = serve::<P>(settings).await;
        telemetry.end().await;
        served
    });
    runtime.shutdown_timeout(END_DEADLINE);
    lived
}

/// Where the kernel does not know how, nothing is lost but memory.
fn do_without_huge_pages() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

async fn serve<P: Process>(settings: P::Settings) -> Result<(), LifeError> {
    let stop = shutdown::on_signal().map_err(LifeError::ListenForSignals)?;
    let process = P::start(settings).await.map_err(|error| LifeError::StartProcess(Box::new(error)))?;
    process.serve(stop).await.map_err(|error| LifeError::Serve(Box::new(error)))
}

fn runtime<P: Process>() -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if env::var_os("TOKIO_WORKER_THREADS").is_none() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        builder.worker_threads(P::threads(cores));
    }
    builder.enable_all().build()
}

/// Prints lines for whoever started the process, such as where it listens. Nobody may be reading, which is no reason
/// to end.
pub fn announce(lines: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "what was to be announced could not be printed");
    }
}

/// To standard error whatever becomes of the log: a process that does not start must say why.
#[allow(clippy::print_stderr, reason = "the log may not be there")]
fn tell(name: &str, error: &dyn Display) {
    eprintln!("{name} {error}");
}

/// Why a process did not come to serve, or ceased to.
#[derive(Debug, thiserror::Error)]
enum LifeError {
    #[error("cannot record metrics: {0}")]
    RecordMetrics(#[from] metrics::InstallError),
    #[error("cannot start: {0}")]
    StartRuntime(io::Error),
    #[error("cannot start: {0}")]
    ReadSettings(#[from] SettingsError),
    #[error(transparent)]
    InitTelemetry(#[from] InitError),
    #[error("cannot listen for signals: {0}")]
    ListenForSignals(io::Error),
    #[error("cannot start: {0}")]
    StartProcess(Box<dyn Error>),
    #[error("ends: {0}")]
    Serve(Box<dyn Error>),
}

impl LifeError {
    fn code(&self) -> ExitCode {
        match self {
            Self::ReadSettings(_) => ExitCode::from(BAD_USAGE),
            _ => ExitCode::FAILURE,
        }
    }
}
