//! A worker that has a flow whose events take time.

use pawnshop_e2e::restorations;
use pawnshop_worker::{Service, services};
use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_worker_program::run(services::with(Service::of(vec![restorations::flow()])))
}
