use crate::operator::Operator;
use crate::requests;
use crate::world::{OPERATOR, World};
use anyhow::Result;
use serde::Serialize;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long the operator must have written nothing before the time of rest begins.
const CALM: Duration = Duration::from_secs(5);

/// A time in which nothing happens to any shop.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rest {
    pub(crate) seconds: f64,
    /// Requests of the operator's, by its own count; the lease aside.
    pub(crate) reads: f64,
    pub(crate) watches: f64,
    pub(crate) writes: f64,
    /// Writes of the operator's by the audit log, the lease aside.
    pub(crate) audited_writes: usize,
    /// Writes of its lease, by the audit log.
    pub(crate) lease_writes: usize,
    /// Requests that read, by the API server's own count: everybody's, its own included.
    pub(crate) served_reads: f64,
    pub(crate) served_watches: f64,
    pub(crate) reconciles: f64,
    pub(crate) cpu_seconds: f64,
    /// Memory at the end of it, and the most since the start, in MiB.
    pub(crate) resident_mib: f64,
    pub(crate) peak_mib: f64,
}

pub(crate) async fn measure(world: &World, operator: &mut Operator, time: Duration) -> Result<Rest> {
    operator.quiet(CALM).await?;
    let (before, served, audited) =
        (operator.counts().await?, requests::answered(&world.client).await?, world.cluster.audited()?);
    let (cpu, begun) = (operator.cpu_seconds()?, Instant::now());
    sleep(time).await;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu_seconds = operator.cpu_seconds()? - cpu;
    let after = operator.counts().await?;
    let served_after = requests::answered(&world.client).await?;
    let user = format!("system:serviceaccount:{OPERATOR}:{OPERATOR}");
    let writes = world.cluster.writes_since(audited)?;
    let (lease, others): (Vec<_>, Vec<_>) =
        writes.iter().filter(|write| write.user == user).partition(|write| write.resource == "leases");
    let more = |verbs: &[&str]| -> f64 {
        let of = |counts: &std::collections::BTreeMap<String, f64>| -> f64 {
            verbs.iter().filter_map(|verb| counts.get(*verb)).sum()
        };
        of(&served_after) - of(&served)
    };
    Ok(Rest {
        seconds,
        reads: after.reads - before.reads,
        watches: after.watches - before.watches,
        writes: after.writes - before.writes,
        audited_writes: others.len(),
        lease_writes: lease.len(),
        served_reads: more(&["GET", "LIST"]),
        served_watches: more(&["WATCH"]),
        reconciles: after.reconciles - before.reconciles,
        cpu_seconds,
        resident_mib: operator.resident_mib()?,
        peak_mib: operator.peak_mib()?,
    })
}
