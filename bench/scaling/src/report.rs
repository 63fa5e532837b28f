use crate::contestant::Contestant;
use crate::options::Options;
use crate::situation::{Outcome, Situation};
use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use pawnshop_bench_machine::Machine;
use serde::Serialize;
use std::path::Path;

/// What was seen, of whom and in which circumstances.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    outage_seconds: u64,
    scale_in_seconds: u64,
    neighbours: usize,
    contestants: Vec<Contestant>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        Ok(Self {
            machine: Machine::here()?,
            outage_seconds: options.outage,
            scale_in_seconds: options.scale_in,
            neighbours: options.neighbours,
            contestants: options.contestants.clone(),
            outcomes: Vec::new(),
        })
    }

    /// A row for each situation, a column for each contestant.
    pub(crate) fn render(&self, markdown: bool) -> String {
        let mut table = Table::new();
        table.load_style(if markdown { presets::ASCII_MARKDOWN } else { presets::UTF8_FULL_CONDENSED });
        let names = self.contestants.iter().map(ToString::to_string);
        table.set_header(std::iter::once("situation".to_owned()).chain(names));
        for situation in Situation::ALL {
            let cells: Vec<_> = self.contestants.iter().map(|&who| self.told(situation, who)).collect();
            if cells.iter().any(Option::is_some) {
                let cells = cells.into_iter().map(Option::unwrap_or_default);
                table.add_row(std::iter::once(situation.title().to_owned()).chain(cells));
            }
        }
        let Machine { cores, processor, memory_gib, kernel, load_before } = &self.machine;
        format!(
            "{table}\n\nOutages of {} s; pools scale in and sleep after {} s. {cores} cores ({processor}), \
             {memory_gib:.0} GiB, Linux {kernel}, load {load_before:.1} before.",
            self.outage_seconds, self.scale_in_seconds
        )
    }

    fn told(&self, situation: Situation, contestant: Contestant) -> Option<String> {
        let is_it = |seen: &&Outcome| seen.situation == situation && seen.contestant == contestant;
        self.outcomes.iter().find(is_it).map(|seen| seen.told.clone())
    }

    /// Writes every figure and every sample.
    pub(crate) fn write(&self, path: Option<&Path>) -> Result<()> {
        let Some(path) = path else { return Ok(()) };
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}
