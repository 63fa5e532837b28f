use crate::Cli;
use clap::CommandFactory;
use clap_complete::Shell;
use pawnshop_cli::commands::completions::generate;
use std::process::ExitCode;

/// Print a completion script for a shell, for the program's own name.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pawnshop completions bash > ~/.local/share/bash-completion/completions/kubectl-pawnshop")]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    generate(args.shell, Cli::command().bin_name(PROGRAM), PROGRAM)
}

const PROGRAM: &str = "kubectl-pawnshop";
