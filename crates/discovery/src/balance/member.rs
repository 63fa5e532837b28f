use super::BalanceOptions;
use crate::{Endpoint, Readiness};
use rand::RngExt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tonic::transport::{self, Channel};

/// One worker: its connection, and what is known of it.
pub(super) struct Member {
    address: SocketAddr,
    channel: Channel,
    in_flight: AtomicUsize,
    record: Mutex<Record>,
    first_set_aside: Duration,
    longest_set_aside: Duration,
}

struct Record {
    readiness: Readiness,
    health: Health,
    /// Failures since the last success, a burst of them counted once.
    failures: u32,
    last_failure: Option<Instant>,
    set_aside_until: Option<Instant>,
}

/// What a worker said when it was asked whether it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It was not asked yet.
    Unknown,
    /// It serves, or knows no health service.
    Serving,
    /// It does not, or did not answer.
    NotServing,
}

/// How good a choice a worker is; the least is the best. The names are those of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Ready,
    /// Serves, but is about to end: for when no ready one is left (decision K12).
    Draining,
    /// Not known to serve yet.
    Unknown,
    /// Failed lately.
    SetAside,
    NotServing,
}

impl Standing {
    pub(super) const ALL: [Self; 5] =
        [Self::Ready, Self::Draining, Self::Unknown, Self::SetAside, Self::NotServing];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Unknown => "unknown",
            Self::SetAside => "set_aside",
            Self::NotServing => "not_serving",
        }
    }
}

/// How a worker failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection could not be opened, or broke.
    Connection,
    /// It left a call unanswered.
    Unanswered,
    /// It answered UNAVAILABLE.
    Unavailable,
}

impl Failure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Unanswered => "unanswered",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Member {
    /// A worker that is not connected until it is first asked.
    ///
    /// # Errors
    /// When the address makes no URI, which no address does.
    pub(super) fn new(endpoint: Endpoint, options: &BalanceOptions) -> Result<Self, tonic::transport::Error> {
        let transport = transport::Endpoint::from_shared(format!("http://{}", endpoint.address))?
            .connect_timeout(options.connect_deadline)
            .http2_keep_alive_interval(options.keep_alive)
            .keep_alive_timeout(options.keep_alive_deadline)
            .keep_alive_while_idle(true);
        Ok(Self {
            address: endpoint.address,
            channel: transport.connect_lazy(),
            in_flight: AtomicUsize::new(0),
            record: Mutex::new(Record {
                readiness: endpoint.readiness,
                health: Health::Unknown,
                failures: 0,
                last_failure: None,
                set_aside_until: None,
            }),
            first_set_aside: options.first_set_aside,
            longest_set_aside: options.longest_set_aside,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn failures(&self) -> u32 {
        self.record().failures
    }

    pub(super) fn enter(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn told(&self, readiness: Readiness) {
        self.record().readiness = readiness;
    }

    pub(super) fn asked(&self, health: Health) {
        let before = std::mem::replace(&mut self.record().health, health);
        if before != health {
            tracing::info!(worker = %self.address, ?health, "a worker's health changed");
        }
    }

    /// How good a choice it is now.
    pub(super) fn standing(&self) -> Standing {
        let record = self.record();
        let serves = match (record.readiness, record.health) {
            (Readiness::Untold, Health::NotServing) => return Standing::NotServing,
            (Readiness::Untold, Health::Unknown) => Standing::Unknown,
            (Readiness::Untold, Health::Serving) | (Readiness::Ready, _) => Standing::Ready,
            (Readiness::Draining, _) => Standing::Draining,
        };
        match record.set_aside_until {
            Some(until) if Instant::now() < until => Standing::SetAside,
            // Back on probation: one call at a time, until one succeeds.
            Some(_) if self.in_flight() > 0 => Standing::SetAside,
            _ => serves,
        }
    }

    pub(super) fn succeeded(&self) {
        let mut record = self.record();
        if record.set_aside_until.take().is_some() {
            record.failures = 0;
            tracing::info!(worker = %self.address, "a worker answers again");
        }
    }

    /// Sets it aside for the failure of a call that began at `begun`. What began before the last failure failed
    /// with it and counts no more; UNAVAILABLE is the answer of a living worker, whose store may be away, and does
    /// not double: the store's return would otherwise find every worker set aside for long.
    pub(super) fn failed(&self, failure: Failure, begun: Instant) {
        metrics::counter!(super::pool::FAILURES, "reason" => failure.name()).increment(1);
        let mut record = self.record();
        if record.last_failure.is_some_and(|last| begun < last) {
            return;
        }
        if failure != Failure::Unavailable || record.failures == 0 {
            record.failures = record.failures.saturating_add(1);
        }
        let doublings = record.failures.saturating_sub(1).min(16);
        let pause = self.first_set_aside.saturating_mul(1 << doublings);
        let pause = pause.mul_f64(rand::rng().random_range(0.75..1.25)).min(self.longest_set_aside);
        let now = Instant::now();
        record.last_failure = Some(now);
        record.set_aside_until = Some(now + pause);
        drop(record);
        tracing::warn!(worker = %self.address, reason = failure.name(), ?pause, "a worker is set aside");
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
