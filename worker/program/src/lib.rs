//! The program `pawnshop-worker`: one pool of workers on RabbitMQ and MongoDB, and the reads that it serves over
//! gRPC.
//!
//! It puts together what others do: flows and pools are `pawnshop-worker`'s, the backends have crates of their own.
//! Here are the settings (`settings`), what is built from them (`backends`), the listeners (`reads`, and the
//! operations of `pawnshop-runtime`), and the order of a start and of an end (`program`).
//!
//! A worker with services of your own is another `main` that calls [`run`]: see `examples/own-worker`. To add
//! a setting: its line in `settings::SETTINGS`, and where it goes.

mod backends;
mod connections;
mod probes;
mod program;
mod reads;
mod settings;

use pawnshop_runtime::process;
use pawnshop_worker::Service;
use program::Program;
use std::process::ExitCode;

/// Runs a worker of these services until SIGTERM or Ctrl-C, then drains it: settings come from the command line, the
/// environment and a file (`--help` lists them). A second signal ends the process at once, with status 130.
pub fn run(services: Vec<Service>) -> ExitCode {
    process::run::<Program>(|| settings::load(services))
}
