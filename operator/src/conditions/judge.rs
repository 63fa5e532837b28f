use super::{ConditionType, Findings, Fleet, Holds, Verdict, condition};
use crate::children::Rollout;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

/// Readers with which reads go on while one is replaced (decision K12).
const READERS: u32 = 2;

/// Why it is told that the store answers, or does not, where a worker that is not ready says so.
const REACHES_STORE: &str = "WorkerReachesStore";
const STORE_UNREACHABLE: &str = "StoreUnreachable";

/// All conditions of a shop. `before` are those of its last status, whose times are kept where nothing changed.
pub fn conditions(findings: &Findings, before: &[Condition], now: Timestamp) -> Vec<Condition> {
    let scaling = findings.scaling.clone().unwrap_or_else(|| {
        Verdict::new(Holds::Unknown, "NotMeasuredYet", "no pool's backlog has been measured yet")
    });
    let verdicts = [
        (ConditionType::Ready, ready(findings)),
        (ConditionType::Progressing, progressing(findings)),
        (ConditionType::Degraded, degraded(findings)),
        (ConditionType::BrokerReachable, findings.broker.clone()),
        (ConditionType::StoreReachable, store_reachable(findings)),
        (ConditionType::ScalingActive, scaling),
        (ConditionType::ReadsUninterrupted, reads_uninterrupted(findings)),
        (ConditionType::FlowsServed, flows_served(findings)),
    ];
    let told = verdicts.into_iter().map(|(of, verdict)| {
        let kept = before.iter().find(|before| before.type_ == of.name());
        match (of, &findings.scaling, kept) {
            (ConditionType::ScalingActive, None, Some(kept)) => {
                Condition { observed_generation: findings.generation, ..kept.clone() }
            }
            _ => condition(of, verdict, findings.generation, before, now),
        }
    });
    told.collect()
}

fn ready(findings: &Findings) -> Verdict {
    if let Some(obstacle) = &findings.obstacle {
        return Verdict::new(Holds::False, obstacle.reason, obstacle.message.clone());
    }
    if ready_of(&findings.dispatcher) == 0 {
        return Verdict::new(Holds::False, "DispatcherNotReady", told(&findings.dispatcher));
    }
    let idle: Vec<_> =
        findings.pools.iter().filter(|pool| wanted_of(pool) > 0 && ready_of(pool) == 0).map(told).collect();
    match idle.as_slice() {
        [] => Verdict::new(Holds::True, "Serving", "the API is served, and every pool that is to work does"),
        idle => Verdict::new(Holds::False, "WorkersNotReady", idle.join("; ")),
    }
}

fn progressing(findings: &Findings) -> Verdict {
    if findings.obstacle.is_some() {
        return Verdict::new(Holds::False, "Blocked", "see the condition Degraded");
    }
    if failed(findings).next().is_some() {
        return Verdict::new(Holds::False, "RolloutFailed", "see the condition Degraded");
    }
    let under_way: Vec<_> = fleets(findings).filter(|fleet| !is_complete(fleet)).map(told).collect();
    match under_way.as_slice() {
        [] => Verdict::new(Holds::False, "Complete", "everything is as the shop says"),
        fleets => Verdict::new(Holds::True, "RollingOut", fleets.join("; ")),
    }
}

fn degraded(findings: &Findings) -> Verdict {
    if let Some(obstacle) = &findings.obstacle {
        return Verdict::new(Holds::True, obstacle.reason, obstacle.message.clone());
    }
    let failures: Vec<_> = failed(findings).collect();
    if !failures.is_empty() {
        return Verdict::new(Holds::True, "RolloutFailed", failures.join("; "));
    }
    if let Some(flaw) = &findings.flaw {
        return Verdict::new(Holds::True, flaw.reason, flaw.message.clone());
    }
    if findings.broker.holds == Holds::False {
        return Verdict::new(Holds::True, findings.broker.reason, findings.broker.message.clone());
    }
    let store = store_reachable(findings);
    if store.holds == Holds::False {
        return Verdict { holds: Holds::True, ..store };
    }
    Verdict::new(Holds::False, "AsExpected", "nothing is known to be wrong")
}

/// A ready worker is one whose store answers.
fn store_reachable(findings: &Findings) -> Verdict {
    let ready: u32 = findings.pools.iter().map(ready_of).sum();
    if ready > 0 {
        return Verdict::new(Holds::True, "WorkersReady", "it answers the workers");
    }
    if let Some(answers) = findings.store_answers {
        return match answers {
            true => {
                Verdict::new(Holds::True, REACHES_STORE, "it answers a worker that is not ready otherwise")
            }
            false => Verdict::new(
                Holds::False,
                STORE_UNREACHABLE,
                "it does not answer the workers: their logs and /readyz tell more",
            ),
        };
    }
    match findings.pools.iter().map(wanted_of).sum() {
        0 => Verdict::new(Holds::Unknown, "NoWorkers", "there is no worker that could tell"),
        _ => Verdict::new(
            Holds::Unknown,
            "NoWorkerReady",
            "no worker is ready, which may be the store's doing: the workers' logs and /readyz tell",
        ),
    }
}

/// Whether the store answered by what these conditions tell, where they have it of a worker that was not ready.
pub fn store_answered(told: &[Condition]) -> Option<bool> {
    let told = told.iter().find(|told| told.type_ == ConditionType::StoreReachable.name())?;
    match told.reason.as_str() {
        REACHES_STORE => Some(true),
        STORE_UNREACHABLE => Some(false),
        _ => None,
    }
}

fn reads_uninterrupted(findings: &Findings) -> Verdict {
    match findings.pools.iter().map(|pool| pool.least).sum::<u32>() {
        readers if readers >= READERS => {
            Verdict::new(Holds::True, "SeveralReaders", "reads go on while a worker is replaced")
        }
        _ => Verdict::new(
            Holds::False,
            "SingleReader",
            "only one worker is sure to be there, and reads fail while it is replaced: raise a pool's minimum to 2",
        ),
    }
}

fn flows_served(findings: &Findings) -> Verdict {
    if !findings.unknown_flows.is_empty() {
        let message = format!(
            "this release's workers have no handler for {}: correct the names, or give the pool the image of a worker that has",
            listed(&findings.unknown_flows)
        );
        return Verdict::new(Holds::False, "UnknownFlow", message);
    }
    if !findings.unserved.is_empty() {
        let message = format!(
            "events wait in the queues of flows that no pool consumes: {}; give the flows to a pool, or delete the queues if nobody needs what they hold",
            listed(&findings.unserved)
        );
        return Verdict::new(Holds::False, "UnservedQueue", message);
    }
    Verdict::new(Holds::True, "FlowsKnown", "the workers have a handler for every flow")
}

fn listed(names: &[impl ToString]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn fleets(findings: &Findings) -> impl Iterator<Item = &Fleet> {
    std::iter::once(&findings.dispatcher).chain(&findings.pools)
}

fn failed(findings: &Findings) -> impl Iterator<Item = String> {
    fleets(findings).filter_map(|fleet| {
        let failure = fleet.rollout.as_ref()?.failure.as_ref()?;
        Some(format!("{}: {failure}", fleet.name))
    })
}

fn told(fleet: &Fleet) -> String {
    match &fleet.rollout {
        Some(rollout) => format!("{}: {} of {} ready", fleet.name, rollout.ready, rollout.wanted),
        None => format!("{}: not there yet", fleet.name),
    }
}

fn is_complete(fleet: &Fleet) -> bool {
    fleet.rollout.as_ref().is_some_and(Rollout::is_complete)
}

fn ready_of(fleet: &Fleet) -> u32 {
    fleet.rollout.as_ref().map_or(0, |rollout| rollout.ready)
}

/// A Deployment that is not there yet will want as many as there are to be at least.
fn wanted_of(fleet: &Fleet) -> u32 {
    fleet.rollout.as_ref().map_or(fleet.least, |rollout| rollout.wanted)
}
