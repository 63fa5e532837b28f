//! `make bench-operator`; everything it does is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match pawnshop_bench_operator::run(&pawnshop_bench_operator::Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pawnshop-bench-operator: {error:#}");
            ExitCode::FAILURE
        }
    }
}
