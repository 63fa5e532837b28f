//! All programs of the image in one; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pawnshop_e2e::run()
}
