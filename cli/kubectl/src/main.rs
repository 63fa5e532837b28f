//! The kubectl plugin `kubectl pawnshop`; everything it does is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_kubectl::run(pawnshop_kubectl::Cli::parse())
}
