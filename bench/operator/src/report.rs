//! What came out: a table per question, the aims, and the machine that it depends on.

mod aims;
mod tables;

use crate::measure::Round;
use crate::options::Options;
use anyhow::Result;
use pawnshop_bench_machine::Machine;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) concurrency: usize,
    pub(crate) peer: usize,
    pub(crate) rounds: Vec<Round>,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let Options { concurrency, peer, .. } = *options;
        Ok(Self { machine: Machine::here()?, concurrency, peer, rounds: Vec::new() })
    }

    /// The report as text: Markdown, or for a terminal.
    pub(crate) fn render(&self, markdown: bool) -> String {
        let rounds = &self.rounds;
        [
            self.about(),
            tables::converge(rounds, self.peer, self.concurrency, markdown),
            tables::rest(rounds, markdown),
            tables::restart(rounds, markdown),
            tables::change(rounds, markdown),
            aims::table(rounds, markdown),
        ]
        .join("\n\n")
    }

    fn about(&self) -> String {
        let Machine { cores, processor, memory_gib, kernel, load_before } = &self.machine;
        format!(
            "{cores} cores ({processor}), {memory_gib:.0} GiB, Linux {kernel}; load average {load_before:.2} before. \
             The API server, etcd, RabbitMQ and the benchmark share the cores with the operator."
        )
    }
}
