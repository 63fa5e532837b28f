//! Measures the operator: the release program as a process of its own, on a real API server, with up to thousands of
//! shops; and in the same run what a bare loop needs to apply the very same objects.
//!
//! [`measure`] has a file per question (how soon is everything there, what does it cost at rest, after a restart, until
//! one change arrives), [`world`] makes what they are asked in, [`watch`] sees from outside how far the shops are, and
//! [`report`] says what came out. Nothing in here reaches into the operator, and nobody is believed: after each part
//! the objects are counted, and the API server's audit log says who wrote.
//!
//! Not here: tests of correctness (operator/tests), and a shop's own speed (pawnshop-bench). To add a question: a file in
//! `measure/`, its figures in [`measure::Round`], a table in [`report`].

mod measure;
mod operator;
mod options;
mod peer;
mod report;
mod requests;
mod shop;
mod watch;
mod world;

pub use options::Options;

use anyhow::{Context, Result, bail};
use pawnshop_cluster::{Cluster, Level};
use pawnshop_servers::Rabbit;
use report::Report;
use tokio::signal::unix::{SignalKind, signal};

/// Runs what the options ask for and prints it; removes everything that it made, after a Ctrl-C too.
///
/// # Errors
/// When there can be no cluster or broker here, or something does not get done in time.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            measured = measured(options) => measured,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
            _ = terminate.recv() => bail!("interrupted"),
        }
    })
}

async fn measured(options: &Options) -> Result<()> {
    Cluster::available(Level::ControlPlane).map_err(anyhow::Error::msg)?;
    let program = options.program()?;
    let broker = Rabbit::shared().await.context("start a broker")?;
    let mut report = Report::new(options)?;
    let mut outcome = Ok(());
    for &shops in &options.sizes {
        eprintln!("bench-operator: {shops} shops");
        match measure::measure(options, &program, broker, shops).await {
            Ok(round) => report.rounds.push(round),
            Err(error) => {
                outcome = Err(error.context(format!("with {shops} shops")));
                break;
            }
        }
    }
    // Where a size failed, what was measured before it is still told.
    println!("{}", report.render(options.markdown));
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    outcome
}
