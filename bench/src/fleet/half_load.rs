use super::contestants::Contestant;
use super::gateway::{Field, RAW_IN_FLIGHT, Sample};
use crate::plan::WRITERS;
use crate::world::progress;
use anyhow::Result;
use serde::Serialize;

/// Latencies below saturation: an open loop at half of what was reached in the same round.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct HalfLoad {
    pub(crate) round: usize,
    pub(crate) case: Case,
    /// Requests a second that were due.
    pub(crate) due_per_second: f64,
    /// Requests a second that were answered.
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Who, and half of whose rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Case {
    /// The dispatcher at half of its own rate over 256 connections.
    Pawnshop,
    /// The raw loop at half of its own rate.
    Raw,
    /// The dispatcher at half of the raw loop's rate.
    PawnshopAtRaw,
}

impl Case {
    pub(crate) const ALL: [Self; 3] = [Self::Pawnshop, Self::Raw, Self::PawnshopAtRaw];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Pawnshop => "pawnshop-dispatcher at half of its own rate",
            Self::Raw => "raw lapin loop at half of its own rate",
            Self::PawnshopAtRaw => "pawnshop-dispatcher at half of the raw loop's rate",
        }
    }
}

/// One round, after the samples of the same round.
pub(crate) fn measure(field: &Field<'_>, round: usize, samples: &[Sample]) -> Result<Vec<HalfLoad>> {
    let most = |contestant| {
        let of = |sample: &&Sample| sample.round == round && sample.contestant == contestant;
        samples.iter().filter(of).map(|sample| sample.per_second).fold(0.0, f64::max)
    };
    let measured = Case::ALL.into_iter().map(|case| {
        let (contestant, connections, whose) = match case {
            Case::Pawnshop => (Contestant::Pawnshop, WRITERS, Contestant::Pawnshop),
            Case::Raw => (Contestant::Raw, RAW_IN_FLIGHT, Contestant::Raw),
            Case::PawnshopAtRaw => (Contestant::Pawnshop, WRITERS, Contestant::Raw),
        };
        let due_per_second = most(whose) / 2.0;
        let (load, _) = field.load(contestant, connections, Some(due_per_second))?;
        let half = HalfLoad {
            round,
            case,
            due_per_second,
            per_second: load.per_second(),
            p50_ms: load.millis(0.5),
            p99_ms: load.millis(0.99),
        };
        progress(format_args!(
            "half load {}: {:<50} {:>6.0}/s, p99 {:.1} ms",
            round + 1,
            case.title(),
            half.per_second,
            half.p99_ms
        ));
        Ok(half)
    });
    measured.collect()
}
