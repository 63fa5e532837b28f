//! The program `pawnshop-dispatcher`; everything it does is in the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pawnshop_dispatcher_program::run()
}
