//! The program `objects-service`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_objects_service::run()
}
