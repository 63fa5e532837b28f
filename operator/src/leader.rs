//! One leader among the operator's replicas (decision K2), by a Lease: every replica watches and answers, only the
//! leader writes.
//!
//! [`campaign`] keeps the lease or waits for it; [`Leadership`] tells, at any moment, until when this process may
//! write. That moment is counted from before the renewal was sent, and others count the lease from when they saw it,
//! so that no clocks are compared. Between the end of the right to write (the renew deadline) and the end of the
//! lease lies the time that a write already sent may still be under way; the process ends within it.

mod leadership;
mod lease;
#[cfg(test)]
mod tests;

pub use leadership::{Keeper, Leadership, NotLeading};
pub use lease::{KubeLeases, LeaseApi, LeaseError};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use rand::RngExt;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

/// The times of an election; the defaults are those of decision K2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long others wait for a leader that says nothing before one of them takes over.
    pub lease: Duration,
    /// How long after its last renewal a leader still writes; shorter than the lease.
    pub renew_deadline: Duration,
    /// The pause between two tries to renew or to take the lease; shorter than the deadline.
    pub retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(10),
            renew_deadline: Duration::from_secs(7),
            retry: Duration::from_secs(2),
        }
    }
}

/// Who runs for the lease, and which.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where the Lease is.
    pub lease_namespace: String,
    /// The Lease's name.
    pub lease_name: String,
    /// This process among all that ever were: a restarted one is another.
    pub identity: String,
    /// How it is held.
    pub timing: Timing,
}

/// Why a campaign ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told to stop; a lease that was held is given up.
    Stopped,
    /// The lease was held and could not be renewed in time, or another took it. The process must end.
    Lost,
}

/// Runs for the lease until `stop`, and keeps it once it is won. `stop` gives it up: whoever cancels it must have
/// stopped writing.
pub async fn campaign(
    api: &dyn LeaseApi,
    candidate: &Candidate,
    keeper: Keeper,
    stop: &CancellationToken,
) -> Ended {
    let mut campaign = Campaign { api, candidate, keeper, held: None, rival: None };
    loop {
        let lost = tokio::select! {
            lost = campaign.round() => lost,
            () = stop.cancelled() => break,
        };
        if lost {
            campaign.keeper.lose();
            return Ended::Lost;
        }
        tokio::select! {
            () = sleep(campaign.pause()) => {}
            () = stop.cancelled() => break,
        }
    }
    campaign.release().await;
    Ended::Stopped
}

struct Campaign<'a> {
    api: &'a dyn LeaseApi,
    candidate: &'a Candidate,
    keeper: Keeper,
    /// The lease as it was last written, while it is ours.
    held: Option<Lease>,
    /// The version of another's lease, and when it was first seen here.
    rival: Option<(String, Instant)>,
}

impl Campaign<'_> {
    /// One try to renew or to take the lease; whether it was held and is lost.
    async fn round(&mut self) -> bool {
        let begun = Instant::now();
        match self.keeper.until() {
            Some(until) if begun >= until => true,
            Some(until) => match timeout_at(until.min(begun + self.patience()), self.renew(begun)).await {
                Ok(lost) => lost,
                Err(_) => {
                    tracing::warn!("the lease could not be renewed: no answer in time");
                    Instant::now() >= until
                }
            },
            None => {
                if timeout_at(begun + self.patience(), self.take(begun)).await.is_err() {
                    tracing::warn!("the lease cannot be had: no answer in time");
                }
                false
            }
        }
    }

    /// The pause before the next try: shorter where the deadline is near.
    fn pause(&self) -> Duration {
        let pause = self.candidate.timing.retry.mul_f64(rand::rng().random_range(0.8..1.0));
        let left = self.keeper.until().map(|until| until.saturating_duration_since(Instant::now()));
        left.map_or(pause, |left| pause.min(left / 2))
    }

    /// How long one try may take, so that a second one fits before the deadline.
    fn patience(&self) -> Duration {
        self.candidate.timing.renew_deadline / 2
    }

    async fn renew(&mut self, begun: Instant) -> bool {
        let Some(held) = &self.held else { return true };
        let mut lease = held.clone();
        if let Some(spec) = &mut lease.spec {
            spec.renew_time = Some(MicroTime(Timestamp::now()));
        }
        match self.api.replace(&lease).await {
            Ok(renewed) => self.won(renewed, begun),
            // Somebody wrote to it: whoever holds it now, its content tells.
            Err(LeaseError::Conflict) => return self.judge_conflict().await,
            Err(error) => tracing::warn!(%error, "the lease could not be renewed; trying again"),
        }
        false
    }

    /// After a write of another's to our lease: it is lost unless it still names us.
    async fn judge_conflict(&mut self) -> bool {
        match self.api.get(&self.candidate.lease_name).await {
            Ok(Some(lease)) if holder(&lease) == Some(&self.candidate.identity) => {
                self.held = Some(lease);
                false
            }
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "the lease could not be read; trying again");
                false
            }
        }
    }

    async fn take(&mut self, begun: Instant) {
        let taken = match self.api.get(&self.candidate.lease_name).await {
            Ok(None) => self.api.create(&self.fresh(None)).await,
            Ok(Some(lease)) if self.is_free(&lease) => self.api.replace(&self.fresh(Some(&lease))).await,
            Ok(Some(_)) => return,
            Err(error) => Err(error),
        };
        match taken {
            Ok(lease) => {
                tracing::info!(identity = self.candidate.identity, "leading");
                self.won(lease, begun);
            }
            Err(LeaseError::Conflict) => tracing::debug!("another took the lease first"),
            Err(error) => tracing::warn!(%error, "the lease cannot be had; trying again"),
        }
    }

    fn won(&mut self, lease: Lease, begun: Instant) {
        self.held = Some(lease);
        self.rival = None;
        self.keeper.hold_until(begun + self.candidate.timing.renew_deadline);
    }

    /// Whether nobody holds it: it was given up, or its holder has not renewed it for as long as it promised to.
    fn is_free(&mut self, lease: &Lease) -> bool {
        if holder(lease).is_none_or(str::is_empty) {
            return true;
        }
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        let since = match &self.rival {
            Some((seen, since)) if *seen == version => *since,
            _ => {
                let now = Instant::now();
                self.rival = Some((version, now));
                now
            }
        };
        let promised = lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let promised = promised
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(self.candidate.timing.lease, Duration::from_secs);
        since.elapsed() >= promised
    }

    /// Our lease, in the place of `before`.
    fn fresh(&self, before: Option<&Lease>) -> Lease {
        let now = MicroTime(Timestamp::now());
        let terms = before.and_then(|lease| lease.spec.as_ref()?.lease_transitions);
        let metadata = match before {
            Some(lease) => lease.metadata.clone(),
            None => ObjectMeta { name: Some(self.candidate.lease_name.clone()), ..ObjectMeta::default() },
        };
        Lease {
            metadata,
            spec: Some(LeaseSpec {
                holder_identity: Some(self.candidate.identity.clone()),
                lease_duration_seconds: Some(seconds(self.candidate.timing.lease)),
                acquire_time: Some(now.clone()),
                renew_time: Some(now),
                lease_transitions: Some(terms.map_or(0, |terms| terms.saturating_add(1))),
                ..LeaseSpec::default()
            }),
        }
    }

    /// Gives the lease up, so that the next leader need not wait for its end.
    async fn release(mut self) {
        let until = self.keeper.until();
        self.keeper.lose();
        let (Some(mut lease), Some(until)) = (self.held.take(), until) else { return };
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = Some(String::new());
            spec.lease_duration_seconds = Some(1);
            spec.renew_time = Some(MicroTime(Timestamp::now()));
        }
        match timeout_at(until, self.api.replace(&lease)).await {
            Ok(Ok(_)) => tracing::info!("the lease is given up"),
            Ok(Err(error)) => tracing::warn!(%error, "the lease could not be given up; it ends by itself"),
            Err(_) => tracing::warn!("the lease could not be given up in time; it ends by itself"),
        }
    }
}

fn holder(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref()
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX).max(1)
}
