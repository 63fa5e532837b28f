use super::Report;
use super::tables::{count, table as make};
use crate::measure::accepted::Writes;
use crate::statistics::median_of;
use serde::Serialize;

/// Writes accepted and applied, by what raw loops do.
const RATIO: f64 = 0.6;
/// Writes accepted a second over 256 connections, on a quiet machine.
const ACCEPTED: f64 = 40_000.0;
/// Resident memory, in MiB, while a million events pass.
const MEMORY_MIB: f64 = 150.0;
/// Memory at the end of a drain by what it was before: more is growth.
const GROWTH: f64 = 1.1;

/// What was aimed at and what was reached.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Aim {
    pub(crate) what: String,
    pub(crate) aim: String,
    pub(crate) reached: String,
    pub(crate) met: bool,
    /// Whether what must be reached at least is, where that is less than the aim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) floor_kept: Option<bool>,
}

/// The aims that this run can speak of.
pub(crate) fn judge(report: &Report) -> Vec<Aim> {
    let mut aims = Vec::new();
    let mut add = |what: &str, aim: String, reached: String, met: bool| {
        aims.push(Aim { what: what.to_owned(), aim, reached, met, floor_kept: None });
    };
    let mut ratio = |what: &str, reached: f64| {
        // Cut and not rounded: 0.598 is not 0.60.
        let cut = (reached * 100.0).floor() / 100.0;
        add(what, format!(">= {RATIO} of raw"), format!("{cut:.2}"), reached >= RATIO);
    };
    let widest: Vec<&Writes> = report.accepted.iter().filter_map(|round| round.writes.last()).collect();
    if !widest.is_empty() {
        ratio(
            "accepted, against raw commits of the same group size",
            median_of(&widest, |writes| writes.ratio()),
        );
        let fixed = |round: &crate::measure::accepted::Round| {
            round.writes.last().map_or(0.0, |writes| writes.per_second / round.raw_fixed_per_second)
        };
        ratio("accepted, against raw commits of 256", median_of(&report.accepted, fixed));
    }
    if !report.sustained.is_empty() {
        let own = median_of(&report.sustained, |round| round.ratio());
        let fixed = median_of(&report.sustained, |round| round.ratio_fixed());
        ratio("accepted and applied, against the raw loop with the same group sizes", own);
        ratio("accepted and applied, against the raw loop in groups of 256", fixed);
    }
    if !widest.is_empty() {
        let rate = median_of(&widest, |writes| writes.per_second);
        add("accepted a second", format!(">= {}", count(ACCEPTED)), count(rate), rate >= ACCEPTED);
    }
    let mut memory = |what: String, peak: f64| {
        add(&what, format!("< {MEMORY_MIB} MiB"), format!("{peak:.0} MiB"), peak < MEMORY_MIB);
    };
    if let Some(soak) = &report.soak {
        memory(format!("peak memory while {} events pass", count(soak.events as f64)), soak.memory.peak_mib);
    }
    if let Some(drain) = &report.drain {
        memory(
            format!("peak memory while a backlog of {} drains", count(drain.events as f64)),
            drain.draining.peak_mib,
        );
        let (early, late) = (drain.draining.early_mib, drain.draining.late_mib);
        let reached = format!("{early:.0} to {late:.0} MiB");
        add("memory during the drain", "no growth".to_owned(), reached, late <= early * GROWTH);
    }
    aims
}

pub(crate) fn table(aims: &[Aim], markdown: bool) -> String {
    let rows = aims.iter().map(|aim| {
        let met = match (aim.met, aim.floor_kept) {
            (true, _) => "met",
            (false, Some(true)) => "missed, floor kept",
            (false, _) => "missed",
        };
        vec![aim.what.clone(), aim.aim.clone(), aim.reached.clone(), met.to_owned()]
    });
    make("Aims", &["what", "aim", "reached", ""], rows, markdown)
}
