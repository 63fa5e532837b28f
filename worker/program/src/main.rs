//! The program `pawnshop-worker`; everything it does is in the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pawnshop_worker_program::run(pawnshop_worker::services::all())
}
