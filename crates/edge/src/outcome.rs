use crate::problem::{Problem, kinds};
use pawnshop_domain::{EventId, Instant, Rejection, RejectionKind};
use pawnshop_rpc::v1;
use serde::Serialize;
use std::borrow::Cow;

/// What became of an event, as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventOutcome)]
pub struct EventOutcomeBody {
    /// The event.
    pub event_id: String,
    /// The flow that it went through.
    pub flow: String,
    /// What became of it.
    pub outcome: OutcomeName,
    /// Why, stable and machine-readable; absent when applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "item_already_exists")]
    pub code: Option<String>,
    /// Why, for people; absent when applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// Failed attempts before the outcome.
    pub attempts: u32,
    /// When it was decided (RFC 3339); absent where that is not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub time: Option<String>,
}

/// The outcomes that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeName {
    /// In effect.
    Applied,
    /// It can never be applied.
    Rejected,
    /// It failed as often as it may; kept whole, for a person to look at.
    DeadLettered,
}

impl EventOutcomeBody {
    /// From a worker's answer; `None` when it names no outcome that is known here.
    pub fn from_rpc(outcome: v1::EventOutcome) -> Option<Self> {
        let name = match outcome.kind() {
            v1::OutcomeKind::Unspecified => return None,
            v1::OutcomeKind::Applied => OutcomeName::Applied,
            v1::OutcomeKind::Rejected => OutcomeName::Rejected,
            v1::OutcomeKind::DeadLettered => OutcomeName::DeadLettered,
        };
        Some(Self {
            event_id: outcome.event_id,
            flow: outcome.flow,
            outcome: name,
            code: Some(outcome.code).filter(|code| !code.is_empty()),
            detail: Some(outcome.detail).filter(|detail| !detail.is_empty()),
            attempts: outcome.attempts,
            time: (outcome.time_us != 0).then(|| Instant::from_micros(outcome.time_us).to_string()),
        })
    }
}

/// The outcome as the answer of a request that waited for it: an applied event's body, or the problem.
pub(crate) fn awaited(
    outcome: v1::EventOutcome,
    id: EventId,
    item_id: &str,
) -> Result<EventOutcomeBody, Problem> {
    let conflict = outcome.conflict;
    let Some(body) = EventOutcomeBody::from_rpc(outcome) else {
        return Err(Problem::new(kinds::INTERNAL, "a worker gave an outcome that is not known here"));
    };
    let detail = body.detail.clone().unwrap_or_default();
    match body.outcome {
        OutcomeName::Applied => Ok(body),
        OutcomeName::Rejected => {
            let kind = if conflict { RejectionKind::Conflict } else { RejectionKind::Invalid };
            let code = Cow::Owned(body.code.unwrap_or_else(|| "rejected".to_owned()));
            Err(Problem::rejected(Rejection { code, kind, detail }).with_event(id, item_id))
        }
        OutcomeName::DeadLettered => Err(Problem::new(kinds::DEAD_LETTERED, detail).with_event(id, item_id)),
    }
}
