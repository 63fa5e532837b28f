use super::BalanceOptions;
use super::health::watch_health;
use super::member::Member;
use super::pool::Pool;
use crate::{Discovery, Endpoint, Readiness};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

/// How often the metrics are told how the workers stand.
const REPORT_PERIOD: Duration = Duration::from_secs(1);

/// Keeps the pool's members as `discovery` tells, for ever.
pub(super) async fn follow(pool: Arc<Pool>, discovery: Box<dyn Discovery>, options: BalanceOptions) {
    let mut sets = discovery.endpoints();
    let mut members = Members { known: BTreeMap::new(), options };
    let mut report = interval(REPORT_PERIOD);
    report.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            Some(endpoints) = sets.next() => {
                tracing::info!(target = pool.target(), workers = endpoints.len(), "the workers are known anew");
                members.update(&endpoints);
                pool.set(members.list());
                pool.report();
            }
            _ = report.tick() => pool.report(),
        }
    }
}

struct Members {
    known: BTreeMap<SocketAddr, Followed>,
    options: BalanceOptions,
}

struct Followed {
    member: Arc<Member>,
    /// Asks whether it serves, where the source does not say.
    health: Option<AbortOnDropHandle<()>>,
}

impl Members {
    /// Keeps those that stay, with their connections; calls under way at those that go may end.
    fn update(&mut self, endpoints: &BTreeSet<Endpoint>) {
        self.known.retain(|address, _| endpoints.iter().any(|endpoint| endpoint.address == *address));
        for endpoint in endpoints {
            match self.known.get_mut(&endpoint.address) {
                Some(followed) => {
                    followed.member.told(endpoint.readiness);
                    followed.ask(endpoint.readiness, &self.options);
                }
                None => self.add(*endpoint),
            }
        }
    }

    fn add(&mut self, endpoint: Endpoint) {
        match Member::new(endpoint, &self.options) {
            Ok(member) => {
                let mut followed = Followed { member: Arc::new(member), health: None };
                followed.ask(endpoint.readiness, &self.options);
                self.known.insert(endpoint.address, followed);
            }
            Err(error) => {
                tracing::error!(worker = %endpoint.address, %error, "a worker cannot be connected to")
            }
        }
    }

    fn list(&self) -> Arc<[Arc<Member>]> {
        self.known.values().map(|followed| Arc::clone(&followed.member)).collect()
    }
}

impl Followed {
    fn ask(&mut self, readiness: Readiness, options: &BalanceOptions) {
        match readiness {
            Readiness::Ready | Readiness::Draining => self.health = None,
            Readiness::Untold if self.health.is_none() => {
                let asking = watch_health(Arc::clone(&self.member), options.health_period);
                self.health = Some(AbortOnDropHandle::new(tokio::spawn(asking)));
            }
            Readiness::Untold => {}
        }
    }
}
