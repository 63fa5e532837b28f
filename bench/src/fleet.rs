//! The fleet: dispatcher and worker processes on RabbitMQ and a MongoDB-wire server, beside what a user would write
//! otherwise, and beside raw loops of the same drivers as the limit. All of it in one run, on servers of its own.

mod broker;
pub(crate) mod contestants;
mod documents;
pub(crate) mod drain;
pub(crate) mod gateway;
pub(crate) mod half_load;
mod programs;
mod queue;
mod raw;
pub(crate) mod reads;
mod store;

use crate::options::Part;
use crate::world::World;
use anyhow::Result;
use broker::Broker;
use programs::Programs;
use serde::Serialize;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Every figure of every round.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    /// Durable requests a second, of all contestants.
    pub(crate) gateway: Option<gateway::Figures>,
    /// A backlog drained into the store.
    pub(crate) drain: Vec<drain::Round>,
    /// An item read by its id.
    pub(crate) reads: Vec<reads::Answers>,
}

/// What every measurement of a fleet stands on.
#[derive(Debug)]
pub(crate) struct Fleet<'a> {
    world: &'a World,
    broker: Broker,
    programs: Programs,
    /// Where the bench's own clients of broker and store live.
    runtime: Runtime,
}

/// Starts the servers, measures, and ends them.
pub(crate) fn measure(world: &World, figures: &mut Figures) -> Result<()> {
    if ![Part::Gateway, Part::Drain, Part::Reads].into_iter().any(|part| world.wants(part)) {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let broker = Broker::start(world, &runtime)?;
    let fleet = Fleet { world, broker, programs: Programs::new(world)?, runtime };
    if world.wants(Part::Gateway) {
        figures.gateway = Some(gateway::measure(&fleet)?);
    }
    if world.wants(Part::Drain) {
        figures.drain = drain::measure(&fleet)?;
    }
    if world.wants(Part::Reads) {
        figures.reads = reads::measure(&fleet)?;
    }
    Ok(())
}

/// Processor time per event or request, in microseconds.
fn micros_each(before: Duration, after: Duration, count: u64) -> f64 {
    after.saturating_sub(before).as_secs_f64() * 1e6 / count.max(1) as f64
}
