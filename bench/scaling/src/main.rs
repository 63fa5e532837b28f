//! `make bench-scaling`; everything it does is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match pawnshop_bench_scaling::run(&pawnshop_bench_scaling::Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pawnshop-bench-scaling: {error:#}");
            ExitCode::FAILURE
        }
    }
}
