//! `make simulate`; everything it does is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match pawnshop_bench_simulation::run(&pawnshop_bench_simulation::Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pawnshop-bench-simulation: {error:#}");
            ExitCode::FAILURE
        }
    }
}
