//! The program `pawnshop`, as a library: a file per command in `commands/`, and [`embedded`], which runs a whole
//! shop in this process and which tests and benchmarks use as well.
//!
//! To add a command: a file in `commands/` with its `Args` (whose doc comment is its help, with examples) and
//! `run`, and a line in `args.rs` and below. Not here: anything that a shop does; commands talk HTTP to it.

mod args;
mod client;
mod commands;
pub mod embedded;
mod import;
mod load;
mod terminal;

pub use args::Cli;

use args::Command;
use commands::{completions, dlq, get, version};
use std::process::ExitCode;

/// Runs the command and reports: what went wrong goes to standard error.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Up(args) => block_on(commands::up::run(args)),
        Command::Import(args) => block_on(commands::import::run(args)),
        Command::Load(args) => block_on(commands::load::run(args)),
        Command::Dlq(args) => block_on(dlq::run(args)),
        Command::Get(args) => block_on(get::run(args)),
        Command::Version => version::run(),
        Command::Completions(args) => completions::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("pawnshop: {error:#}");
        ExitCode::FAILURE
    })
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
