//! What came out: a table per question, the aims, and the machine that it depends on.

mod aims;
mod fleet;
mod fleet_aims;
mod tables;

use crate::fleet::Figures;
use crate::machine::Machine;
use crate::measure::{accepted, drain, reads, sustained, tracing};
use crate::statistics::median_of;
use crate::world::World;
use anyhow::Result;
use serde::Serialize;

/// Every figure of every round; what is printed is medians of these.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) quick: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) accepted: Vec<accepted::Round>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sustained: Vec<sustained::Round>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tracing: Vec<tracing::Round>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) soak: Option<sustained::Soak>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drain: Option<drain::Drain>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reads: Vec<reads::Round>,
    pub(crate) fleet: Figures,
    pub(crate) aims: Vec<aims::Aim>,
}

impl Report {
    pub(crate) fn new(world: &World) -> Result<Self> {
        Ok(Self {
            machine: Machine::here(world.scratch())?,
            quick: world.options.quick,
            accepted: Vec::new(),
            sustained: Vec::new(),
            tracing: Vec::new(),
            soak: None,
            drain: None,
            reads: Vec::new(),
            fleet: Figures::default(),
            aims: Vec::new(),
        })
    }

    /// Concludes from the rounds, once all are there.
    pub(crate) fn finish(&mut self) {
        if !self.accepted.is_empty() {
            self.machine.syncs_per_second = median_of(&self.accepted, |round| round.syncs_per_second);
        }
        self.aims = aims::judge(self);
        self.aims.extend(fleet_aims::judge(&self.fleet));
    }

    /// The report as text: Markdown, or for a terminal.
    pub(crate) fn render(&self, markdown: bool) -> String {
        let sections = [
            Some(self.about()),
            (!self.accepted.is_empty()).then(|| tables::accepted(&self.accepted, markdown)),
            (!self.sustained.is_empty()).then(|| tables::sustained(&self.sustained, markdown)),
            (!self.tracing.is_empty()).then(|| tables::tracing(&self.tracing, markdown)),
            tables::passing(self.soak.as_ref(), self.drain.as_ref(), markdown),
            (!self.reads.is_empty()).then(|| tables::reads(&self.reads, markdown)),
        ];
        let aims = (!self.aims.is_empty()).then(|| aims::table(&self.aims, markdown));
        let sections = sections.into_iter().flatten();
        sections.chain(fleet::sections(&self.fleet, markdown)).chain(aims).collect::<Vec<_>>().join("\n\n")
    }

    fn about(&self) -> String {
        let Machine { base, file_system, syncs_per_second } = &self.machine;
        let pawnshop_bench_machine::Machine { cores, processor, memory_gib, kernel, load_before } = base;
        let syncs = match *syncs_per_second > 0.0 {
            true => format!(", {syncs_per_second:.0} synced appends of 4 KiB a second"),
            false => String::new(),
        };
        let quick = if self.quick { " Quick run: short rounds, noisier." } else { "" };
        format!(
            "{cores} cores ({processor}), {memory_gib:.0} GiB, Linux {kernel}, {file_system}{syncs}; \
             load average {load_before:.2} before. The load generator shares the cores.{quick}"
        )
    }
}
