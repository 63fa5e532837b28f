//! The program `pawnshop`; started under the name of one of the fleet's programs, it is that one.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match pawnshop_faults::fleet_program() {
        Some(program) => program(),
        None => pawnshop_cli::run(pawnshop_cli::Cli::parse()),
    }
}
