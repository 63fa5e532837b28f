//! Every fault there is, a file per family. To add one: a function that lets it begin, last and end, and a line in its
//! family's list.

mod broker;
mod clock;
mod dispatcher;
mod input;
mod network;
mod poison;
mod store;
mod worker;

pub use network::Link;

use crate::scene::Scene;
use anyhow::Result;
use futures::future::LocalBoxFuture;
use std::time::Duration;

/// One sort of fault.
#[derive(Debug)]
pub struct Fault {
    /// What it is, for people; unique.
    pub name: &'static str,
    /// Whether it is to last long once.
    pub outage: bool,
    /// Whether it is a worker's, so that reads go on all the while (G6).
    pub reads_go_on: bool,
    /// Whether it needs a store with fail points.
    pub fail_points: bool,
    /// Lets it begin, last for so long, and end. When it returns the fault is over.
    pub strike: Strike,
}

/// See [`Fault::strike`].
pub type Strike = for<'a> fn(&'a mut Scene, Duration) -> LocalBoxFuture<'a, Result<()>>;

impl Fault {
    const fn new(name: &'static str, strike: Strike) -> Self {
        Self { name, outage: false, reads_go_on: false, fail_points: false, strike }
    }

    const fn outage(self) -> Self {
        Self { outage: true, ..self }
    }

    const fn fail_points(self) -> Self {
        Self { fail_points: true, ..self }
    }

    const fn reads_go_on(self) -> Self {
        Self { reads_go_on: true, ..self }
    }
}

/// All of them.
pub fn all() -> Vec<&'static Fault> {
    let families = [
        broker::FAULTS,
        store::FAULTS,
        network::FAULTS,
        worker::FAULTS,
        dispatcher::FAULTS,
        poison::FAULTS,
        input::FAULTS,
        clock::FAULTS,
    ];
    families.into_iter().flatten().collect()
}
