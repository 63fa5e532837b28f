use super::desired::Known;
use super::{One, obstacle as obstacle_of};
use crate::apply::{Looks, Outcome};
use crate::children::ShopKey;
use crate::conditions::{Findings, Fleet, Holds, Obstacle, Verdict};
use crate::kind::Kind;
use crate::observe::{Access, AccessError, Observed, Reading, ReadingError};
use crate::validate::unknown_flows;
use pawnshop_domain::FlowName;
use pawnshop_resource::{PawnShop, ResolvedPool, default_flows};
use std::sync::Arc;

/// Why a shop's broker is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotAsked {
    /// The shop names no management API.
    NoManagementUri,
    /// What it refers to cannot be had.
    NoReferences,
    /// The URI is no good.
    Access(AccessError),
}

impl NotAsked {
    /// In words.
    pub(super) fn message(&self) -> String {
        match self {
            Self::NoManagementUri => {
                "without spec.broker.managementUri nobody can ask, and no backlog is known".to_owned()
            }
            Self::NoReferences => "where the broker is cannot be told".to_owned(),
            Self::Access(error) => error.to_string(),
        }
    }
}

/// How the shop's broker is asked.
pub(super) fn access(shop: &PawnShop, known: &Known) -> Result<Access, NotAsked> {
    let known = known.as_ref().map_err(|_| NotAsked::NoReferences)?;
    if shop.spec.broker.is_none() {
        return Err(NotAsked::NoReferences);
    }
    let management = known.management.as_ref().ok_or(NotAsked::NoManagementUri)?;
    Access::new(&management.uri, &management.vhost, management.tls.clone()).map_err(NotAsked::Access)
}

/// What stands in the way after an apply.
pub(super) fn obstacle(outcome: &Outcome) -> Option<Obstacle> {
    if !outcome.conflicts.is_empty() {
        return Some(obstacle_of("NameConflict", outcome.conflicts.iter().map(ToString::to_string)));
    }
    if !outcome.failures.is_empty() {
        return Some(obstacle_of("ApplyFailed", outcome.failures.iter().map(ToString::to_string)));
    }
    None
}

/// What somebody else keeps changing.
pub(super) fn contest(outcome: &Outcome) -> Option<Obstacle> {
    let told = !outcome.contests.is_empty();
    told.then(|| obstacle_of("Contested", outcome.contests.iter().map(ToString::to_string)))
}

/// All that the shop's conditions are judged by.
pub(super) fn findings(
    one: &One<'_>,
    reading: &Result<Arc<Observed>, NotAsked>,
    obstacle: Option<Obstacle>,
    flaw: Option<Obstacle>,
    looks: &Looks,
) -> Findings {
    let pools = pools(one.shop);
    let unknown_flows = unknown_flows(one.shop, &pools);
    let unserved = unserved(one.key, &pools, reading);
    let fleets = pools.iter().map(|pool| fleet(one, &pool.name, pool.min, looks)).collect();
    let dispatcher = one.shop.spec.dispatcher.clone().unwrap_or_default();
    let least =
        dispatcher.autoscaling.map_or(dispatcher.replicas.unwrap_or(1), |autoscaling| autoscaling.min);
    Findings {
        generation: one.shop.metadata.generation,
        obstacle,
        flaw,
        dispatcher: fleet(one, "dispatcher", least, looks),
        pools: fleets,
        broker: broker(reading),
        scaling: None,
        store_answers: None,
        unknown_flows,
        unserved,
    }
}

/// The shop's pools; none where their names are no good, which validation tells.
pub(super) fn pools(shop: &PawnShop) -> Vec<ResolvedPool> {
    shop.resolved_pools(&default_flows()).unwrap_or_default()
}

/// Flows whose queues hold events that no pool will take (decision K11).
fn unserved(
    (namespace, name): &ShopKey,
    pools: &[ResolvedPool],
    reading: &Result<Arc<Observed>, NotAsked>,
) -> Vec<FlowName> {
    let Ok(Reading::Queues(queues)) = reading.as_ref().map(|observed| &observed.reading) else {
        return Vec::new();
    };
    let prefix = format!("{namespace}.{name}.");
    let holding = queues.iter().filter(|(_, queue)| queue.messages.is_some_and(|messages| messages > 0));
    // Beside the flows' own queues there are those of delays and of what was given up, which are no flow's name.
    let flows = holding.filter_map(|(queue, _)| queue.strip_prefix(&prefix)?.parse::<FlowName>().ok());
    flows.filter(|flow| !pools.iter().any(|pool| pool.flows.contains(flow))).collect()
}

fn fleet(one: &One<'_>, name: &str, least: u32, looks: &Looks) -> Fleet {
    let deployment = format!("{}-{name}", one.key.1);
    let seen = one.context.children.get(Kind::Deployment, &one.key.0, &deployment);
    let look = looks.get(&(Kind::Deployment, deployment)).map(|(_, fingerprint)| *fingerprint);
    let rollout = seen.and_then(|seen| {
        // What was just written has not been seen yet.
        let is_current = look == Some(seen.fingerprint);
        seen.rollout.map(|mut rollout| {
            rollout.is_current &= is_current;
            *rollout
        })
    });
    Fleet { name: name.to_owned(), rollout, least }
}

fn broker(reading: &Result<Arc<Observed>, NotAsked>) -> Verdict {
    let unknown = |reason, message: &str| Verdict::new(Holds::Unknown, reason, message);
    match reading.as_ref().map(|observed| &observed.reading) {
        Ok(Reading::None) => unknown("NotAskedYet", "the management API has not been asked yet"),
        Ok(Reading::Queues(_)) => Verdict::new(Holds::True, "Answers", "the management API answers"),
        Ok(Reading::Failed(error @ ReadingError::Refused(_))) => {
            Verdict::new(Holds::False, "BrokerRefusesUser", error.to_string())
        }
        Ok(Reading::Failed(error)) => Verdict::new(Holds::False, "BrokerUnreachable", error.to_string()),
        Err(why @ NotAsked::NoManagementUri) => unknown("NoManagementUri", &why.message()),
        Err(why @ NotAsked::NoReferences) => unknown("NoReferences", &why.message()),
        Err(why @ NotAsked::Access(_)) => Verdict::new(Holds::False, "ManagementUriInvalid", why.message()),
    }
}
