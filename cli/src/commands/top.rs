//! `pawnshop top`.

mod document;
mod draw;
mod follow;
mod live;
mod model;
mod plain;
#[cfg(test)]
mod samples;
mod table;
mod words;

use crate::args::Dispatcher;
use crate::client::{Connection, SendError, Target};
use crate::terminal::print;
use anyhow::{Context, anyhow, bail};
use document::Overview;
use std::io::{IsTerminal, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

/// How long the figures of a snapshot may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Watch a shop at a glance: write rate, event age, backlog, pools and their workers, live.
///
/// The same figures as the console's. Where there is no terminal to draw on, and with --once, they are printed once.
/// What is not known is told to be unknown, never as zero; figures that are old, because the dispatcher does not
/// answer any more, are told to be old until it does again.
///
/// Keys: q, Esc or Ctrl-C leaves; ? tells the others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pawnshop top
  pawnshop top --once
  pawnshop top --url http://shop.example:8080
  NO_COLOR=1 pawnshop top

Exit codes: 0 left, or printed; 1 no answer; 2 bad usage.")]
pub(crate) struct Args {
    /// Print the figures once, as plain text.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    dispatcher: Dispatcher,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let target = args.dispatcher.url;
    if args.once || !can_draw() {
        let address = target.to_string();
        let overview = fetch(target).await?;
        print(&plain::snapshot(&overview, &address))?;
    } else {
        live::run(target).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether there is a terminal that can draw, and keys to leave it again.
fn can_draw() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    stdout().is_terminal() && stdin().is_terminal() && !dumb
}

async fn fetch(target: Target) -> anyhow::Result<Overview> {
    let answer = Connection::new(target, TIMEOUT).get("/overview").await.map_err(unreachable)?;
    if !answer.status.is_success() {
        bail!("{}", answer.complaint());
    }
    answer.json().context("/overview did not give the figures of a shop")
}

/// Tells what to do where there is no dispatcher.
fn unreachable(error: SendError) -> anyhow::Error {
    anyhow!("{error} (start a shop with `pawnshop up`, or give the --url of one)")
}
