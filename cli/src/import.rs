//! Rows of files to requests: `source` reads rows, `columns` makes requests of them, `identity` gives each its
//! key, `send` brings them in, `settle` asks for outcomes that came late, `report` counts and tells.

mod columns;
mod decimal;
mod identity;
mod report;
mod send;
mod settle;
mod source;

pub(crate) use columns::{Columns, Pair, Scale, Target};
pub(crate) use report::Summary;
pub(crate) use source::Format;

use crate::client;
use identity::Identities;
use report::Report;
use send::{Outgoing, Sender};
use settle::Late;
use source::{Place, Source};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// Rows that are read ahead of the senders.
const READ_AHEAD: usize = 1024;

/// What to import, and how.
pub(crate) struct Plan {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) columns: Columns,
    pub(crate) format: Format,
    pub(crate) delimiter: Option<u8>,
    pub(crate) concurrency: u16,
    pub(crate) wait: u8,
    pub(crate) retry_for: Duration,
    /// How long to ask for late outcomes when all is sent, all in all.
    pub(crate) settle_for: Duration,
    pub(crate) url: client::Target,
}

/// Sends every row of every file; tells each fault as it comes.
///
/// # Errors
/// What makes going on pointless: a file that cannot be opened, a column that is not there, no dispatcher.
pub(crate) async fn import(plan: Plan) -> anyhow::Result<Summary> {
    let sources = plan
        .files
        .iter()
        .map(|path| Source::open(path, plan.format, plan.delimiter))
        .collect::<anyhow::Result<Vec<_>>>()?;
    send::check_reachable(&plan.url).await?;

    let report = Arc::new(Report::new(sources.iter().map(Source::size).sum()));
    let (queue, rows) = mpsc::channel(READ_AHEAD);
    let rows = Arc::new(Mutex::new(rows));
    let (target, late) = (plan.columns.target(), Late::default());
    let sender =
        Sender::new(plan.url.clone(), target, plan.wait, plan.retry_for, report.clone(), late.clone());
    let mut senders = JoinSet::new();
    for _ in 0..plan.concurrency {
        senders.spawn(sender.clone().run(rows.clone()));
    }
    drop(rows);
    let reader = {
        let report = report.clone();
        tokio::task::spawn_blocking(move || read_all(sources, &plan.columns, &queue, &report))
    };
    let read = reader.await?;
    while let Some(finished) = senders.join_next().await {
        finished?;
    }
    late.settle(&plan.url, target, plan.concurrency, plan.settle_for, &report).await?;
    let summary = report.finish();
    match read {
        Ok(()) => Ok(summary),
        // Rows of earlier files may be in already.
        Err(error) => Err(error.context(format!("ended early, after {summary}"))),
    }
}

fn read_all(
    sources: Vec<Source>,
    columns: &Columns,
    queue: &mpsc::Sender<Outgoing>,
    report: &Report,
) -> anyhow::Result<()> {
    let mut identities = Identities::default();
    for source in sources {
        let name = source.name();
        source.read(columns, &mut |line, row, bytes| {
            let place = Place { file: name.clone(), line };
            report.read(bytes);
            match row {
                Ok(body) => {
                    let key = identities.key(columns.target(), &body);
                    // Nobody takes rows any more only when the senders have died, which is told elsewhere.
                    queue.blocking_send(Outgoing { place, key, body }).is_ok()
                }
                Err(fault) => {
                    report.fault(&place, &fault);
                    true
                }
            }
        })?;
    }
    Ok(())
}
