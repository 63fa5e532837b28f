//! What happened to a shop, as Kubernetes events: each change once, whatever happens again after it.

use crate::apply::{Change, What};
use crate::conditions::ConditionType;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use pawnshop_resource::{PawnShopStatus, PoolStatus, ScaleChange};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The longest note that the API server takes.
const LONGEST_NOTE: usize = 1024;

/// Why pools do not follow their backlog where somebody wants it so.
const PAUSED: &str = "Paused";

/// How many events are remembered at most, so that one that comes again counts up and is no other: what a recorder
/// remembers it forgets by time alone, and thousands of shops that become ready would stay in memory.
const REMEMBERED: u32 = 256;

/// Publishes events in the name of this process.
pub struct Events {
    client: Client,
    reporter: Reporter,
    /// What remembers, for each note, and how much they do.
    recorders: Mutex<(HashMap<Option<String>, Recorder>, u32)>,
}

impl Events {
    /// Published with this client, which holds them back while this process does not lead.
    pub fn new(client: Client, instance: String) -> Self {
        let reporter = Reporter { controller: "pawnshop-operator".to_owned(), instance: Some(instance) };
        Self { client, reporter, recorders: Mutex::default() }
    }

    /// Publishes these events about a shop. One that cannot be published is lost: an event is no state.
    pub async fn publish(&self, events: &[Event], shop: &ObjectReference) {
        for event in events {
            if let Err(error) = self.recorder(event).publish(event, shop).await
                && !crate::client::is_not_leading(&error)
            {
                tracing::debug!(%error, reason = event.reason, "an event could not be published");
            }
        }
    }

    /// Who publishes this event. A recorder takes events of the same reason for the same, whatever their notes: one
    /// that counted up would keep the first note.
    fn recorder(&self, event: &Event) -> Recorder {
        let mut kept = self.recorders.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.1 == REMEMBERED {
            *kept = Default::default();
        }
        kept.1 += 1;
        let fresh = || Recorder::new(self.client.clone(), self.reporter.clone());
        kept.0.entry(event.note.clone()).or_insert_with(fresh).clone()
    }
}

/// What is told of repairs: that somebody else changes what is ours is worth knowing.
pub fn of_changes(changes: &[Change]) -> Vec<Event> {
    let repaired = changes.iter().filter_map(|change| match &change.what {
        What::Repaired(path) => Some(format!("{} {}: {path}", change.kind, change.name)),
        What::Created | What::Updated | What::Pruned => None,
    });
    let repaired: Vec<_> = repaired.collect();
    match repaired.as_slice() {
        [] => Vec::new(),
        repaired => vec![event(EventType::Normal, "Repaired", "Repair", repaired.join("; "))],
    }
}

/// What is told of pools whose number of workers changed, the oldest change first: each that stands in the status now
/// and did not before, so that none is told again by an operator that begins or by another that leads.
pub fn of_scaling(now: &PawnShopStatus, before: Option<&PawnShopStatus>) -> Vec<Event> {
    let of_pool = |pool: &PoolStatus| {
        let before = before.and_then(|before| before.pools.iter().find(|before| before.name == pool.name));
        let known = before.map(changes).unwrap_or_default();
        let new = changes(pool).iter().rev().filter(|change| !known.contains(change));
        new.map(|change| of_scale_change(&pool.name, change)).collect::<Vec<_>>()
    };
    now.pools.iter().flat_map(of_pool).collect()
}

fn changes(pool: &PoolStatus) -> &[ScaleChange] {
    pool.scaling.as_ref().map_or(&[], |scaling| &scaling.changes)
}

fn of_scale_change(pool: &str, change: &ScaleChange) -> Event {
    let ScaleChange { from, to, message, .. } = change;
    let reason = match change.reason.as_str() {
        // What only happens between 0 and 1 has words of its own.
        told @ ("FellAsleep" | "Restored" | "WokeBlind" | "WokeUp") => told,
        _ if to > from => "ScaledOut",
        _ => "ScaledIn",
    };
    let note = format!("pool {pool}, from {from} to {to} workers: {message}");
    event(EventType::Normal, reason, "Scale", note)
}

/// What is told of conditions that became otherwise: whether the shop is ready, and what is wrong with it.
pub fn of_conditions(now: &[Condition], before: &[Condition]) -> Vec<Event> {
    let changed = now.iter().filter(|condition| {
        let before = before.iter().find(|before| before.type_ == condition.type_);
        before.is_none_or(|before| (&before.status, &before.reason) != (&condition.status, &condition.reason))
    });
    changed.filter_map(of_condition).collect()
}

fn of_condition(condition: &Condition) -> Option<Event> {
    let is = |of: ConditionType, status: &str| condition.type_ == of.name() && condition.status == status;
    let kind = if is(ConditionType::Ready, "True") {
        EventType::Normal
    } else if is(ConditionType::Degraded, "True")
        || is(ConditionType::FlowsServed, "False")
        || is(ConditionType::ScalingActive, "False") && condition.reason != PAUSED
    {
        EventType::Warning
    } else {
        return None;
    };
    Some(event(kind, &condition.reason, "Reconcile", condition.message.clone()))
}

fn event(kind: EventType, reason: &str, action: &str, mut note: String) -> Event {
    let end = (0..=LONGEST_NOTE.min(note.len())).rev().find(|end| note.is_char_boundary(*end));
    note.truncate(end.unwrap_or_default());
    Event {
        type_: kind,
        reason: reason.to_owned(),
        note: Some(note),
        action: action.to_owned(),
        secondary: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;
    use kube::client::Body;
    use std::sync::Arc;

    #[tokio::test]
    async fn what_happens_again_counts_up_and_what_is_told_in_other_words_is_another_event() {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&requests);
        let service = tower::service_fn(move |request: http::Request<Body>| {
            asked.lock().unwrap().push(request.method().clone());
            async move { Ok::<_, tower::BoxError>(http::Response::new(request.into_body())) }
        });
        let events = Events::new(Client::new(service, "shops"), "one".to_owned());
        let shop = ObjectReference {
            name: Some("town".to_owned()),
            namespace: Some("shops".to_owned()),
            ..ObjectReference::default()
        };
        let repaired = |note: &str| event(EventType::Normal, "Repaired", "Repair", note.to_owned());
        let told = [repaired("Service a: spec"), repaired("Deployment b: spec"), repaired("Service a: spec")];
        events.publish(&told, &shop).await;
        assert_eq!(*requests.lock().unwrap(), [http::Method::POST, http::Method::POST, http::Method::PATCH]);
    }

    fn condition(of: &str, status: &str, reason: &str) -> Condition {
        Condition {
            type_: of.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: "because".to_owned(),
            observed_generation: None,
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn what_became_wrong_or_ready_is_told_once() {
        let before =
            [condition("Ready", "False", "SecretMissing"), condition("Degraded", "True", "SecretMissing")];
        let now = [condition("Ready", "True", "Serving"), condition("Degraded", "False", "AsExpected")];
        let told = |now: &[Condition], before: &[Condition]| {
            of_conditions(now, before).into_iter().map(|event| event.reason).collect::<Vec<_>>()
        };
        assert_eq!(told(&before, &[]), ["SecretMissing"]);
        assert!(told(&before, &before).is_empty());
        assert_eq!(told(&now, &before), ["Serving"]);
    }

    #[test]
    fn pools_that_do_not_follow_their_backlog_are_a_warning_unless_somebody_paused_them() {
        let told = |status: &str, reason: &str| {
            let now = [condition("ScalingActive", status, reason)];
            let told = of_conditions(&now, &[condition("ScalingActive", "True", "Following")]);
            told.into_iter().map(|event| (event.reason, event.type_)).collect::<Vec<_>>()
        };
        for reason in ["BacklogUnknown", "MetricsOfAnother", "NoKeda"] {
            let [(told, EventType::Warning)] = &*told("False", reason) else {
                panic!("{reason} is no warning")
            };
            assert_eq!(told, reason);
        }
        assert!(told("False", "Paused").is_empty());
        assert!(told("True", "Asleep").is_empty());
        assert!(told("Unknown", "NotKnownYet").is_empty());
    }

    fn with_changes(changes: &[(i64, u32, u32, &str)]) -> PawnShopStatus {
        let change = |&(second, from, to, reason): &(i64, u32, u32, &str)| ScaleChange {
            at: Time(Timestamp::from_second(second).unwrap()),
            from,
            to,
            reason: reason.to_owned(),
            message: format!("{from} -> {to} {reason}: backlog 7"),
        };
        let changes = changes.iter().map(change).collect();
        let scaling = pawnshop_resource::PoolScaling { changes, ..Default::default() };
        let pool = PoolStatus { name: "items".to_owned(), scaling: Some(scaling), ..PoolStatus::default() };
        PawnShopStatus { pools: vec![pool], ..PawnShopStatus::default() }
    }

    #[test]
    fn each_change_of_a_pool_is_told_once_the_oldest_first() {
        let before = with_changes(&[(20, 1, 0, "FellAsleep"), (10, 4, 1, "BacklogShrank")]);
        let now = with_changes(&[
            (50, 3, 2, "ByAnother"),
            (40, 1, 3, "SurgeLimited"),
            (30, 0, 1, "WokeUp"),
            (20, 1, 0, "FellAsleep"),
        ]);
        let told = |now: &PawnShopStatus, before: Option<&PawnShopStatus>| {
            of_scaling(now, before).into_iter().map(|event| event.reason).collect::<Vec<_>>()
        };
        assert_eq!(told(&now, Some(&before)), ["WokeUp", "ScaledOut", "ScaledIn"]);
        assert!(told(&now, Some(&now)).is_empty());
        assert_eq!(told(&before, None), ["ScaledIn", "FellAsleep"]);
        assert_eq!(
            of_scaling(&now, Some(&before))[0].note.as_deref(),
            Some("pool items, from 0 to 1 workers: 0 -> 1 WokeUp: backlog 7")
        );
    }

    #[test]
    fn repairs_are_told_together_and_other_changes_not_at_all() {
        let change = |name: &str, what| Change { kind: Kind::Service, name: name.to_owned(), what };
        let told = of_changes(&[
            change("a", What::Created),
            change("b", What::Repaired("spec.ports".to_owned())),
            change("c", What::Repaired("deleted".to_owned())),
        ]);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].note.as_deref(), Some("Service b: spec.ports; Service c: deleted"));
        assert!(of_changes(&[change("a", What::Updated)]).is_empty());
    }

    #[test]
    fn a_note_that_is_too_long_is_cut() {
        let told = event(EventType::Normal, "R", "A", "é".repeat(2000));
        assert_eq!(told.note.unwrap().len(), LONGEST_NOTE);
    }
}
