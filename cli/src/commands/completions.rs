//! `pawnshop completions`.

use crate::Cli;
use crate::terminal::print;
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pawnshop completions bash > ~/.local/share/bash-completion/completions/pawnshop
  pawnshop completions zsh > ~/.zfunc/_pawnshop
  pawnshop completions fish > ~/.config/fish/completions/pawnshop.fish")]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    generate(args.shell, Cli::command(), "pawnshop")
}

/// Prints the script for a program of this name.
///
/// # Errors
/// When it cannot be written.
pub fn generate(shell: Shell, mut command: clap::Command, program: &str) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, program, &mut script);
    print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::SUCCESS)
}
