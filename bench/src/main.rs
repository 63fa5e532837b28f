//! `make bench`. Started with a certain variable in its environment, this program is the shop that it measures:
//! built beside it, so that it can never be stale.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    if pawnshop_bench::is_the_shop() {
        return pawnshop_cli::run(pawnshop_cli::Cli::parse());
    }
    match pawnshop_bench::run(&pawnshop_bench::Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pawnshop-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
