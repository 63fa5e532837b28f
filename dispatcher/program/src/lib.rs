//! The program `pawnshop-dispatcher`: a shop's HTTP edge over RabbitMQ, with its reads balanced over the workers.
//!
//! It puts together what others do: the routes are `pawnshop-dispatcher`'s, the broker and the way to the workers have
//! crates of their own. Here are the settings (`settings`), and the order of a start and of an end (`program`). To
//! add a setting: its line in `settings/table.rs`, and where it goes.

mod program;
mod settings;

use pawnshop_runtime::process;
use program::Program;
use std::process::ExitCode;

/// Runs a dispatcher until SIGTERM or Ctrl-C, then drains it: settings come from the command line, the environment and
/// a file (`--help` lists them). A second signal ends the process at once, with status 130.
pub fn run() -> ExitCode {
    process::run::<Program>(settings::load)
}
