//! What holds of a shop and what does not, told as conditions: pure.

mod judge;
#[cfg(test)]
mod tests;

pub use judge::{conditions, store_answered};

use crate::children::Rollout;
use crate::validate::UnknownFlow;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use pawnshop_domain::FlowName;

/// The longest message that the API server takes; ours are cut well before.
const LONGEST_MESSAGE: usize = 1024;

/// The conditions of a shop, in the order in which its status lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionType {
    /// It serves: the API, and each flow of a pool that should have workers.
    Ready,
    /// It is being brought to what is desired.
    Progressing,
    /// Something is wrong that does not mend itself by waiting.
    Degraded,
    /// The broker answers the operator.
    BrokerReachable,
    /// The store answers the workers.
    StoreReachable,
    /// The pools follow their backlog.
    ScalingActive,
    /// Reads go on while a worker is replaced.
    ReadsUninterrupted,
    /// Every flow that a pool lists has a handler, as far as can be known.
    FlowsServed,
}

impl ConditionType {
    /// Its name in the status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Progressing => "Progressing",
            Self::Degraded => "Degraded",
            Self::BrokerReachable => "BrokerReachable",
            Self::StoreReachable => "StoreReachable",
            Self::ScalingActive => "ScalingActive",
            Self::ReadsUninterrupted => "ReadsUninterrupted",
            Self::FlowsServed => "FlowsServed",
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown,
}

impl Holds {
    /// Its name in the status.
    pub fn name(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition's state and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: Holds,
    /// Why, in one CamelCase word for machines.
    pub reason: &'static str,
    /// Why, in a sentence for people; what to do, where something is to be done.
    pub message: String,
}

impl Verdict {
    /// A verdict of these parts.
    pub fn new(holds: Holds, reason: &'static str, message: impl Into<String>) -> Self {
        Self { holds, reason, message: message.into() }
    }
}

/// Why a shop cannot be brought to what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// In one CamelCase word, for machines.
    pub reason: &'static str,
    /// In a sentence, for people.
    pub message: String,
}

/// A Deployment of a shop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// The pool's name; `dispatcher` for the dispatchers.
    pub name: String,
    /// How its pods are; `None`: there is no such Deployment.
    pub rollout: Option<Rollout>,
    /// How many there are to be at least.
    pub least: u32,
}

/// All that the conditions are judged by.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The generation of the shop that this was found with.
    pub generation: Option<i64>,
    /// Why it cannot be brought about, if it cannot.
    pub obstacle: Option<Obstacle>,
    /// What is wrong and stops nothing: it asks for what the cluster does not have, or somebody quarrels with us.
    pub flaw: Option<Obstacle>,
    /// The dispatchers.
    pub dispatcher: Fleet,
    /// The pools.
    pub pools: Vec<Fleet>,
    /// What is known of the broker.
    pub broker: Verdict,
    /// Whether the pools follow their backlog; `None`: that cannot be told yet, and is as it was told last.
    pub scaling: Option<Verdict>,
    /// Whether the store answers workers that are not ready, by what one of them said; `None`: none was asked, or said.
    pub store_answers: Option<bool>,
    /// Flows that no image of ours handles, and that a pool is to consume.
    pub unknown_flows: Vec<UnknownFlow>,
    /// Flows whose queues hold events, and that no pool consumes.
    pub unserved: Vec<FlowName>,
}

/// A condition as the status lists it. One that holds as it did keeps the time since when.
fn condition(
    of: ConditionType,
    verdict: Verdict,
    generation: Option<i64>,
    before: &[Condition],
    now: Timestamp,
) -> Condition {
    let before = before.iter().find(|before| before.type_ == of.name());
    let since = before.filter(|before| before.status == verdict.holds.name());
    Condition {
        type_: of.name().to_owned(),
        status: verdict.holds.name().to_owned(),
        reason: verdict.reason.to_owned(),
        message: cut(verdict.message, LONGEST_MESSAGE),
        observed_generation: generation,
        last_transition_time: since.map_or(Time(now), |since| since.last_transition_time.clone()),
    }
}

/// A message of at most so many bytes; one that is cut says so.
pub(crate) fn cut(mut message: String, longest: usize) -> String {
    if message.len() > longest {
        let end =
            (0..=longest.saturating_sub('…'.len_utf8())).rev().find(|end| message.is_char_boundary(*end));
        message.truncate(end.unwrap_or_default());
        message.push('…');
    }
    message
}
