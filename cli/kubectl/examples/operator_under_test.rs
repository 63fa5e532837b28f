//! The operator, for this crate's tests to run beside a real API server.

use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_operator::run::run()
}
