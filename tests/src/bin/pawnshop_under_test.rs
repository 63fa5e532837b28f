//! The `pawnshop` program, under a name of its own for the tests of this crate.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_cli::run(pawnshop_cli::Cli::parse())
}
