//! Brings whoever scales by backlog into the same trouble and says what it did: KEDA with its own RabbitMQ scaler, in
//! both of its modes, and the operator. The cluster is a real control plane with the real HPA controller, the broker a
//! real RabbitMQ; no node is needed, since what is looked at is the number of pods that is asked for.
//!
//! [`contestant`] has a file for each of them (how a pool is put into its care), [`situation`] one for each sort of
//! trouble. Everything between them is shared: [`pool`] (a queue, the ways to its broker, the Deployment), [`watch`]
//! (what is sampled meanwhile), [`report`].
//! Each pool has a namespace, a queue and a broker's user of its own, so that situations which do not disturb one
//! another are run side by side.
//!
//! Not here: how fast a shop is (pawnshop-bench), what the operator costs (pawnshop-bench-operator), and tests. To add
//! a situation: a file in `situation/` and its line in [`situation::Situation`].

mod broker;
mod contestant;
mod options;
mod pool;
mod report;
mod situation;
mod watch;
mod world;

pub use options::Options;

use anyhow::{Result, bail};
use contestant::Contestant;
use report::Report;
use situation::Situation;
use tokio::signal::unix::{SignalKind, signal};
use world::World;

/// Runs what the options ask for and prints it; removes everything that it made, after a Ctrl-C too.
///
/// # Errors
/// When there can be no cluster, broker or contestant here, or a situation cannot be brought about.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            compared = compared(options) => compared,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
            _ = terminate.recv() => bail!("interrupted"),
        }
    })
}

async fn compared(options: &Options) -> Result<()> {
    let mut report = Report::new(options)?;
    let mut outcome = Ok(());
    for &contestant in &options.contestants {
        if let Err(error) = compare(options, contestant, &mut report).await {
            outcome = Err(error.context(format!("with {contestant}")));
            break;
        }
    }
    // Where one cannot go on, what was seen before is still told.
    println!("{}", report.render(options.markdown));
    report.write(options.json.as_deref())?;
    outcome
}

async fn compare(options: &Options, contestant: Contestant, report: &mut Report) -> Result<()> {
    let world = World::new(options, contestant).await?;
    for side_by_side in Situation::groups(&options.situations) {
        let running = side_by_side.into_iter().map(|situation| {
            let world = &world;
            async move {
                tell(&format!("{contestant}: {situation}"));
                let seen = situation.bring_about(world).await;
                seen.inspect(|seen| tell(&format!("{contestant}: {situation}: {}", seen.told)))
                    .map_err(|error| error.context(situation.to_string()))
            }
        });
        for seen in futures::future::join_all(running).await {
            report.outcomes.push(seen?);
        }
    }
    Ok(())
}

fn tell(what: &str) {
    eprintln!("bench-scaling: {what}");
}
