//! One shop's whole life on a real node, as its platform engineer sees it: `tests/story`, a file per chapter. The README
//! tells how to have it told on a cluster of your own.
//!
//! The image that runs there is packed from the programs of this build. To pack one file in the place of four, they are
//! one program here, which is the one whose name it is started under; each does what its own `main` does.

pub mod restorations;

use clap::Parser;
use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

/// The programs of the image.
pub const PROGRAMS: [&str; 4] = ["pawnshop", "pawnshop-dispatcher", "pawnshop-worker", "pawnshop-operator"];

/// Runs the program under whose name this process was started; the first where it is another name.
pub fn run() -> ExitCode {
    let name = std::env::args_os().next().unwrap_or_default();
    match Path::new(&name).file_name().and_then(OsStr::to_str) {
        Some("pawnshop-dispatcher") => pawnshop_dispatcher_program::run(),
        Some("pawnshop-worker") => pawnshop_worker_program::run(pawnshop_worker::services::all()),
        Some("pawnshop-operator") => pawnshop_operator::run::run(),
        _ => pawnshop_cli::run(pawnshop_cli::Cli::parse()),
    }
}
