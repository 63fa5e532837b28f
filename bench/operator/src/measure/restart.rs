use crate::measure::tell;
use crate::operator::Operator;
use crate::world::{OPERATOR, PATIENCE, World};
use anyhow::{Result, bail};
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long the operator must have looked at no shop to be done.
const CALM: Duration = Duration::from_secs(3);

/// A new operator, after the old one was killed, over shops that are as they should be.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Restart {
    /// Until it is ready: it has listed everything.
    pub(crate) ready_seconds: f64,
    /// Until it holds the lease, which the killed one could not give up.
    pub(crate) leads_seconds: f64,
    /// Until it leads and has looked at every shop, the last time included.
    pub(crate) done_seconds: f64,
    pub(crate) reconciles: f64,
    pub(crate) reads: f64,
    /// Writes by the audit log, the lease aside.
    pub(crate) audited_writes: usize,
    pub(crate) cpu_seconds: f64,
    pub(crate) resident_mib: f64,
    pub(crate) peak_mib: f64,
}

pub(crate) async fn measure(
    world: &World,
    mut old: Operator,
    program: &Path,
    concurrency: usize,
    shops: usize,
) -> Result<Restart> {
    // What it is about to write after the last change would be left to the new one.
    old.quiet(CALM).await?;
    old.kill().await?;
    let (audited, begun) = (world.cluster.audited()?, Instant::now());
    let mut operator = Operator::start(world, program, concurrency).await?;
    let end = begun + PATIENCE;
    while !operator.is_ready().await {
        if Instant::now() > end {
            bail!("it does not become ready");
        }
        sleep(Duration::from_millis(20)).await;
    }
    let ready_seconds = begun.elapsed().as_secs_f64();
    let leads = operator.until(|counts| counts.leads > 0.0).await?;
    operator.until(|counts| counts.reconciles >= shops as f64).await?;
    let done = operator.quiet(CALM).await?.max(leads);
    let counts = operator.counts().await?;
    let user = format!("system:serviceaccount:{OPERATOR}:{OPERATOR}");
    let writes = world.cluster.writes_since(audited)?;
    let writes: Vec<_> =
        writes.iter().filter(|write| write.user == user && write.resource != "leases").collect();
    for write in &writes {
        tell(&format!("written: {} {} {}/{}", write.verb, write.resource, write.namespace, write.name));
    }
    let restart = Restart {
        ready_seconds,
        leads_seconds: (leads - begun).as_secs_f64(),
        done_seconds: (done - begun).as_secs_f64(),
        reconciles: counts.reconciles,
        reads: counts.reads,
        audited_writes: writes.len(),
        cpu_seconds: operator.cpu_seconds()?,
        resident_mib: operator.resident_mib()?,
        peak_mib: operator.peak_mib()?,
    };
    operator.kill().await?;
    Ok(restart)
}
