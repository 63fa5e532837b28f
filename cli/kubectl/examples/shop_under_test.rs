//! The program `pawnshop`, for this crate's tests to run in a pod in place of a dispatcher: the same HTTP on the same ports.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_cli::run(pawnshop_cli::Cli::parse())
}
