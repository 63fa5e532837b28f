use pawnshop_domain::{Instant, RejectionKind};
use pawnshop_events::Event;
use pawnshop_flow::outcomes::{OutcomeKind, OutcomeRecord};
use pawnshop_rpc::v1;

/// An outcome as it is told.
pub(super) fn event_outcome(record: OutcomeRecord) -> v1::EventOutcome {
    let (code, detail) = why(&record.kind);
    let kind = match record.kind {
        OutcomeKind::Applied => v1::OutcomeKind::Applied,
        OutcomeKind::Rejected(_) => v1::OutcomeKind::Rejected,
        OutcomeKind::DeadLettered { .. } => v1::OutcomeKind::DeadLettered,
    };
    let conflict =
        matches!(&record.kind, OutcomeKind::Rejected(rejection) if rejection.kind == RejectionKind::Conflict);
    v1::EventOutcome {
        event_id: record.event_id.to_string(),
        flow: record.flow.to_string(),
        kind: kind.into(),
        code,
        detail,
        conflict,
        attempts: record.attempts,
        time_us: micros(record.time),
    }
}

/// A letter as it is shown.
pub(super) fn dead_letter(record: OutcomeRecord) -> v1::DeadLetter {
    let (code, reason) = why(&record.kind);
    let envelope = record.envelope.unwrap_or_default();
    let attributes = Event::decode(envelope.clone()).map(|event| event.attributes()).unwrap_or_default();
    v1::DeadLetter {
        id: record.id.to_string(),
        flow: record.flow.to_string(),
        outcome: record.kind.as_str().to_owned(),
        code,
        reason,
        attempts: record.attempts,
        time_us: micros(record.time),
        envelope: envelope.to_vec(),
        attributes,
        replayed_us: micros(record.replayed),
    }
}

/// A letter as it is listed: without its envelope, so that a page stays small.
pub(super) fn listed(record: OutcomeRecord) -> v1::DeadLetter {
    v1::DeadLetter { envelope: Vec::new(), ..dead_letter(record) }
}

fn why(kind: &OutcomeKind) -> (String, String) {
    match kind {
        OutcomeKind::Applied => Default::default(),
        OutcomeKind::Rejected(rejection) => (rejection.code.to_string(), rejection.detail.clone()),
        OutcomeKind::DeadLettered { code, detail } => (code.to_string(), detail.clone()),
    }
}

fn micros(instant: Option<Instant>) -> i64 {
    instant.map_or(0, Instant::as_micros)
}
