//! The program `pawnshop`, as a library: a file per command in `commands/`, and [`embedded`], which runs a whole
//! shop in this process and which tests and benchmarks use as well.
//!
//! To add a command: a file in `commands/` with its `Args` (whose doc comment is its help, with examples) and
//! `run`, and a line in `args.rs` and below. Not here: anything that a shop does; commands talk HTTP to it.

mod args;
pub mod client;
pub mod commands;
pub mod embedded;
mod import;
mod load;
mod resource_file;
pub mod terminal;

pub use args::{Cli, Output};

use args::Command;
use commands::{completions, dlq, get, render, top, version};
use std::process::ExitCode;

/// Here and not in `main`, so that every program that is a shop, tests and benchmarks too, has the same one. With
/// it an accepted write takes a sixth less processor time than with glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the command and reports: what went wrong goes to standard error.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Up(args) => block_on(commands::up::run(args)),
        Command::Import(args) => block_on(commands::import::run(args)),
        Command::Load(args) => block_on(commands::load::run(args)),
        Command::Dlq(args) => block_on(dlq::run(args)),
        Command::Get(args) => block_on(get::run(args)),
        Command::Top(args) => block_on(top::run(args)),
        Command::Render(args) => render::run(args),
        Command::Version => version::run(),
        Command::Completions(args) => completions::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("pawnshop: {}", told(&error));
        ExitCode::FAILURE
    })
}

/// The error and its causes in one line; many errors name their cause themselves, which is then not repeated.
pub fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        said if said.contains(&cause) => told,
        _ => format!("{told}: {cause}"),
    })
}

/// Runs a command to its end.
///
/// # Errors
/// The command's own, or that it cannot be started.
pub fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

#[cfg(test)]
mod tests {
    use super::told;
    use anyhow::{Context, anyhow};

    #[test]
    fn every_cause_is_told_once() {
        let error =
            Err::<(), _>(anyhow!("disk full")).context("cannot write a: disk full").context("no shop");
        assert_eq!(told(&error.unwrap_err()), "no shop: cannot write a: disk full");
    }
}
