use super::member::{Member, Standing};
use super::pick::pick;
use pawnshop_rpc::Tried;
use std::sync::{Arc, PoisonError, RwLock};

const PICKS: &str = "pawnshop_discovery_picks_total";
const ENDPOINTS: &str = "pawnshop_discovery_endpoints";
pub(super) const FAILURES: &str = "pawnshop_discovery_failures_total";

/// The members that there are now.
pub(super) struct Pool {
    /// What is looked for, for messages.
    target: String,
    members: RwLock<Arc<[Arc<Member>]>>,
    picks: metrics::Counter,
}

/// Says what each metric of discovery means.
fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge};
    describe_counter!(PICKS, Unit::Count, "Requests for which a worker was chosen");
    describe_gauge!(ENDPOINTS, Unit::Count, "Workers that are known, by their state");
    describe_counter!(
        FAILURES,
        Unit::Count,
        "Requests that a worker failed, by reason: it is set aside for a while"
    );
}

impl Pool {
    pub(super) fn new(target: String) -> Self {
        describe();
        let picks = metrics::counter!(PICKS);
        Self { target, members: RwLock::new(Arc::from([])), picks }
    }

    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// Replaces the members.
    pub(super) fn set(&self, members: Arc<[Arc<Member>]>) {
        *self.members.write().unwrap_or_else(PoisonError::into_inner) = members;
    }

    /// Chooses a member for a request; `None` when there is none.
    pub(super) fn pick(&self, tried: Option<&Tried>) -> Option<Arc<Member>> {
        let member = pick(&self.members(), tried)?;
        self.picks.increment(1);
        Some(member)
    }

    /// Tells the metrics how many members there are of each standing.
    pub(super) fn report(&self) {
        let standings: Vec<_> = self.members().iter().map(|member| member.standing()).collect();
        for standing in Standing::ALL {
            let count = standings.iter().filter(|found| **found == standing).count();
            // Exact: nobody has 2^53 workers.
            #[allow(clippy::cast_precision_loss, reason = "small counts")]
            metrics::gauge!(ENDPOINTS, "state" => standing.name()).set(count as f64);
        }
    }

    /// All members.
    pub(super) fn members(&self) -> Arc<[Arc<Member>]> {
        Arc::clone(&self.members.read().unwrap_or_else(PoisonError::into_inner))
    }
}
