//! What of scaling concerns a shop's objects and its status.

use super::One;
use super::findings::NotAsked;
use crate::build::Child;
use crate::children::{Children, ShopKey};
use crate::conditions::{Holds, Verdict};
use crate::kind::Kind;
use crate::observe::{Backlog, Observed};
use crate::scaling::backend::{Backend, NoBackend, choose};
use crate::scaling::other::other;
use crate::scaling::regime::{Paused, Regime, bounds};
use crate::scaling::{PoolTold, record};
use crate::status::{PoolQueues, two_digits};
use crate::validate::Validated;
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::{Bounds, PawnShop, PawnShopStatus, PoolScaling, PoolStatus, ScalingBackend};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The readings of a shop's broker, or why there are none.
pub(super) type Readings = Result<watch::Receiver<Arc<Observed>>, NotAsked>;

/// The kinds of those who scale a pool beside the operator.
const SCALERS: [Kind; 2] = [Kind::HorizontalPodAutoscaler, Kind::ScaledObject];

/// Who scales this shop, and under what.
pub(super) fn regime(one: &One<'_>, names: &[String]) -> (Regime, Option<NoBackend>) {
    let context = one.context;
    let keda = match &context.defaults.scaler_address {
        Some(_) => context.capabilities.borrow().keda,
        None => Some(false),
    };
    let wanted = one.shop.spec.scaling.as_ref().map_or(ScalingBackend::Auto, |scaling| scaling.backend);
    let before = present(&context.children, &one.key.0, names);
    let chosen = choose(wanted, &context.registration.borrow(), keda, before);
    let regime =
        Regime { backend: chosen.as_ref().ok().copied(), paused: Paused::of(one.shop), at: Timestamp::now() };
    (regime, chosen.err())
}

/// Who scales by the objects that are there.
fn present(children: &Children, namespace: &str, names: &[String]) -> Option<Backend> {
    let is_there = |kind| names.iter().any(|name| children.get(kind, namespace, name).is_some());
    match SCALERS.map(is_there) {
        [true, _] => Some(Backend::ExternalMetrics),
        [_, true] => Some(Backend::Keda),
        _ => None,
    }
}

/// Takes out what would scale a pool that another still scales (decision K5): once that is gone, it comes in.
pub(super) fn hold_back(desired: &mut Vec<Child>, children: &Children, namespace: &str) {
    desired.retain(|child| {
        let name = child.object["metadata"]["name"].as_str().unwrap_or_default();
        let backend = match Kind::of(&child.resource) {
            Some(Kind::HorizontalPodAutoscaler) => Backend::ExternalMetrics,
            Some(Kind::ScaledObject) => Backend::Keda,
            _ => return true,
        };
        other(children, namespace, name, backend).is_none()
    });
}

/// What is told while whoever scaled before is not gone, which may be for another to bring about.
pub(super) fn not_gone(one: &One<'_>, backend: Option<Backend>) -> Option<Verdict> {
    let left = |name: String| other(&one.context.children, &one.key.0, &name, backend?);
    let left = deployments(one.key, one.shop).into_iter().find_map(left)?;
    let remedy = match left.is_keda {
        true => {
            "KEDA does not run, which alone removes its finalizer: start it again, or remove the finalizer \
             (finalizer.keda.sh) by hand"
        }
        false => "a finalizer keeps it, or it is not the operator's: remove it by hand",
    };
    let message =
        format!("nobody scales before the {left} is gone; where that takes more than a moment, {remedy}");
    Some(Verdict::new(Holds::Unknown, "OtherScalerNotGone", message))
}

/// How long until a schedule changes something.
pub(super) fn until_next_schedule(shop: &Validated, at: Timestamp) -> Option<Duration> {
    let next = shop.pools.iter().filter_map(|pool| pool.schedules.next_change(at)).min()?;
    // A moment later, so that it has come.
    Duration::try_from(next.duration_since(at)).ok().map(|wait| wait + Duration::from_millis(100))
}

/// Whether the pools follow their backlog; `None`: that cannot be told yet.
pub(super) fn verdict(
    told: &[PoolTold],
    backend: Result<Backend, &NoBackend>,
    asked: Result<(), &NotAsked>,
    paused: &Paused,
) -> Option<Verdict> {
    let verdict = |holds, reason, message: String| Some(Verdict::new(holds, reason, message));
    let scaled: Vec<_> = told.iter().filter(|pool| pool.is_scaled).collect();
    if let (true, false) = (scaled.is_empty(), told.is_empty()) {
        let message = "the resource says how many workers each pool has";
        return verdict(Holds::True, "FixedReplicas", message.to_owned());
    }
    match backend {
        Err(NoBackend::NotKnownYet) => return None,
        Err(why) => return verdict(Holds::False, why.reason(), why.to_string()),
        Ok(_) => {}
    }
    if asked == Err(&NotAsked::NoManagementUri) {
        let message =
            "without spec.broker.managementUri no backlog is known: each pool keeps the workers that it has";
        return verdict(Holds::False, "NoManagementUri", message.to_owned());
    }
    let unknown: Vec<_> = scaled
        .iter()
        .filter_map(|pool| Some(format!("{}: {}", pool.name, pool.lasting_unknown()?)))
        .collect();
    if !unknown.is_empty() {
        return verdict(Holds::False, "BacklogUnknown", unknown.join("; "));
    }
    if scaled.is_empty() || scaled.iter().any(|pool| matches!(pool.backlog, Backlog::Unknown(_))) {
        return None;
    }
    let held: Vec<_> =
        scaled.iter().filter(|pool| paused.holds(&pool.name)).map(|pool| &*pool.name).collect();
    if !held.is_empty() {
        return verdict(Holds::False, "Paused", format!("held by the annotation: {}", held.join(", ")));
    }
    if scaled.iter().all(|pool| pool.is_asleep()) {
        return verdict(
            Holds::True,
            "Asleep",
            "every pool that may sleep does, and nothing waits".to_owned(),
        );
    }
    verdict(Holds::True, "Following", "every pool that is scaled follows its backlog".to_owned())
}

/// What the status is to tell of each pool's queues and how it is scaled. Where a scaler has not measured yet, or does
/// not know for a moment, it is what was told before.
pub(super) fn queues(
    pools: &[pawnshop_resource::ResolvedPool],
    validated: Option<&Validated>,
    told: &[PoolTold],
    regime: &Regime,
    before: Option<&PawnShopStatus>,
) -> Vec<PoolQueues> {
    let of_pool = |pool: &pawnshop_resource::ResolvedPool| {
        let before = before.and_then(|before| before.pools.iter().find(|before| before.name == pool.name));
        let told = told.iter().find(|told| told.name == pool.name);
        let on_record = before.and_then(|before| before.scaling.as_ref());
        let bounds = validated
            .and_then(|shop| shop.pools.iter().find(|known| known.pool.name == pool.name))
            .map_or(Bounds { min: pool.min, max: pool.max }, |pool| bounds(pool, regime.at));
        PoolQueues {
            flows: pool.flows.iter().map(ToString::to_string).collect(),
            backlog: backlog(told, before),
            scaling: told.map_or_else(
                || on_record.cloned(),
                |told| Some(scaling(told, pool.autoscaled, bounds, regime, on_record)),
            ),
        }
    };
    pools.iter().map(of_pool).collect()
}

fn backlog(told: Option<&PoolTold>, before: Option<&PoolStatus>) -> Backlog {
    let of_before = before.and_then(|before| match (before.backlog, &before.backlog_unknown) {
        (Some(events), _) => Some(Backlog::Known(events.try_into().unwrap_or_default())),
        (None, Some(why)) => Some(Backlog::Unknown(why.clone())),
        (None, None) => None,
    });
    match told {
        Some(told) if matches!(told.backlog, Backlog::Known(_)) || told.lasting_unknown().is_some() => {
            told.backlog.clone()
        }
        Some(told) => of_before.unwrap_or_else(|| told.backlog.clone()),
        None => of_before.unwrap_or_else(|| Backlog::Unknown("it was not measured yet".to_owned())),
    }
}

fn scaling(
    told: &PoolTold,
    is_scaled: bool,
    bounds: Bounds,
    regime: &Regime,
    on_record: Option<&PoolScaling>,
) -> PoolScaling {
    let backend = match (is_scaled, regime.backend) {
        (false, _) => "Fixed",
        (true, Some(backend)) => backend.name(),
        (true, None) => "None",
    };
    let bytes = told.event_bytes.iter().map(|(flow, bytes)| {
        (flow.clone(), u32::try_from(two_digits(bytes.round() as u64)).unwrap_or(u32::MAX))
    });
    PoolScaling {
        backend: backend.to_owned(),
        min: bounds.min,
        max: bounds.max,
        busy: told.decision.as_ref().map(|decision| decision.seen.work.busy).filter(|busy| *busy > 0),
        event_bytes: bytes.collect::<BTreeMap<_, _>>(),
        changes: record(&told.changes, on_record.map_or(&[], |scaling| &scaling.changes)),
    }
}

/// The names of the Deployments of a shop's pools, as its objects are called.
pub(super) fn deployments((_, name): &ShopKey, shop: &PawnShop) -> Vec<String> {
    shop.spec
        .pools
        .iter()
        .map(|pool| format!("{name}-{}", pool.name))
        .chain([format!("{name}-default")])
        .collect()
}
