//! The program `pawnshop`; everything it does is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_cli::run(pawnshop_cli::Cli::parse())
}
