//! The kubectl plugin `kubectl pawnshop`, as a library: how a shop is and why, what happened to it, and the way to its
//! items and dead letters through the API server.
//!
//! To add a command: a file in `commands/` with its `Args` (whose doc comment is its help, with examples) and `run`, and
//! a line in `args.rs` and below. What is shown is made by pure functions, in a module of the command's name, out of
//! what was read; only `cluster`, `forward` and the commands hold a client. Not here: what needs no cluster, which is
//! the program `pawnshop`'s.

mod age;
mod args;
mod cluster;
mod commands;
mod events;
mod forward;
mod near;
mod status;
mod terminal;
mod why_scaled;

pub use args::Cli;

use args::Command;
use commands::why_scaled as why_scaled_command;
use commands::{completions, dlq, events as events_command, get, render, status as status_command, version};
use std::process::ExitCode;

/// The status of a command that Ctrl-C ended, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs the command and reports: what went wrong goes to standard error.
pub fn run(cli: Cli) -> ExitCode {
    pawnshop_runtime::tls::install_provider();
    let global = cli.global;
    let result = match cli.command {
        Command::Status(args) => interruptible(status_command::run(args, &global)),
        // Nothing else ends it.
        Command::Events(args) if args.watch => pawnshop_cli::block_on(async {
            tokio::select! {
                done = events_command::run(args, &global) => done,
                _ = tokio::signal::ctrl_c() => Ok(ExitCode::SUCCESS),
            }
        }),
        Command::Events(args) => interruptible(events_command::run(args, &global)),
        Command::WhyScaled(args) => interruptible(why_scaled_command::run(args, &global)),
        Command::Get(args) => interruptible(get::run(args, &global)),
        Command::Dlq(args) => interruptible(dlq::run(args, &global)),
        Command::Render(args) => render::run(&args, &global),
        Command::Version => version::run(),
        Command::Completions(args) => completions::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("kubectl-pawnshop: {}", pawnshop_cli::told(&error));
        ExitCode::FAILURE
    })
}

fn interruptible(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    pawnshop_cli::block_on(async {
        tokio::select! {
            done = command => done,
            _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(INTERRUPTED)),
        }
    })
}
