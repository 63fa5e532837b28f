//! The program `pawnshop-dispatcher`: a shop's HTTP edge over RabbitMQ, with its reads balanced over the workers.
//!
//! It puts together what others do: the routes are `pawnshop-dispatcher`'s, the broker and the way to the workers have
//! crates of their own. Here are the settings (`settings`), and the order of a start and of an end (`program`). To
//! add a setting: its line in `settings/table.rs`, and where it goes.

mod program;
mod queue_probe;
mod settings;

use pawnshop_runtime::{metrics, shutdown, telemetry, tls};
use program::Program;
use std::fmt::Display;
use std::process::ExitCode;

/// The status after bad settings, as it is after bad flags.
const BAD_USAGE: u8 = 2;

/// Runs a dispatcher until SIGTERM or Ctrl-C, then drains it: settings come from the command line, the environment and
/// a file (`--help` lists them). A second signal ends the process at once, with status 130.
pub fn run() -> ExitCode {
    tls::install_provider();
    // Before anything counts: what is counted goes to the recorder that is installed by then.
    if let Err(error) = metrics::install() {
        return failed("cannot record metrics", &error, ExitCode::FAILURE);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed("cannot start", &error, ExitCode::FAILURE),
    };
    runtime.block_on(async {
        let settings = match settings::load() {
            Ok(settings) => settings,
            Err(error) => return failed("cannot start", &error, ExitCode::from(BAD_USAGE)),
        };
        if let Err(error) = telemetry::init(settings.log_format) {
            return failed("cannot set up the log", &error, ExitCode::FAILURE);
        }
        let stop = match shutdown::on_signal() {
            Ok(stop) => stop,
            Err(error) => return failed("cannot listen for signals", &error, ExitCode::FAILURE),
        };
        match Program::start(settings).await {
            Ok(program) => {
                stop.cancelled().await;
                program.shutdown().await;
                ExitCode::SUCCESS
            }
            Err(error) => failed("cannot start", &error, ExitCode::FAILURE),
        }
    })
}

/// To standard error whatever becomes of the log: a process that does not start must say why.
#[allow(clippy::print_stderr, reason = "the log may not be there")]
fn failed(what: &str, error: &dyn Display, code: ExitCode) -> ExitCode {
    eprintln!("pawnshop-dispatcher {what}: {error}");
    code
}
