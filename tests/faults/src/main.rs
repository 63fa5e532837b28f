//! `make soak`. Started under the name of a program of the fleet, it is that program.

use clap::Parser;
use pawnshop_faults::{Soak, fleet_program, soak};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(program) = fleet_program() {
        return program();
    }
    match soak(&Soak::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pawnshop-soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}
