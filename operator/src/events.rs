//! What happened to a shop, as Kubernetes events: each change once, whatever happens again after it.

use crate::apply::{Change, What};
use crate::conditions::ConditionType;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

/// The longest note that the API server takes.
const LONGEST_NOTE: usize = 1024;

/// Publishes events in the name of this process.
#[derive(Clone)]
pub struct Events(Recorder);

impl Events {
    /// Published with this client, which holds them back while this process does not lead.
    pub fn new(client: Client, instance: String) -> Self {
        let reporter = Reporter { controller: "pawnshop-operator".to_owned(), instance: Some(instance) };
        Self(Recorder::new(client, reporter))
    }

    /// Publishes these events about a shop. One that cannot be published is lost: an event is no state.
    pub async fn publish(&self, events: &[Event], shop: &ObjectReference) {
        for event in events {
            if let Err(error) = self.0.publish(event, shop).await
                && !crate::client::is_not_leading(&error)
            {
                tracing::debug!(%error, reason = event.reason, "an event could not be published");
            }
        }
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
    } else if is(ConditionType::Degraded, "True") || is(ConditionType::FlowsServed, "False") {
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
