//! The fleet under faults (issue of G1 to G7 on real servers): one dispatcher and two workers as processes of their own,
//! on a real RabbitMQ and a MongoDB-wire server, with a proxy between that cuts and slows; load over HTTP; fault after
//! fault from a seed; a ledger of every event; and in the end every document read and judged.
//!
//! `run` is the course of it. What is done to whom is in `faults`, when in `plan`; `writers` and `readers` are the load;
//! `ledger` counts; `audit` reads the store past the shop; `report` has the table and the bars. `tests/suite.rs` is the
//! short run, the program `pawnshop-soak` (`make soak`) the long one.
//!
//! It is not a test of single functions, and no benchmark: nothing here measures speed but recovery. To add a fault see
//! [`faults`].

pub mod audit;
pub mod faults;
/// What was seen that must not be.
pub mod findings;
/// The sorts of writes.
pub mod kind;
pub mod ledger;
pub mod memory;
pub mod plan;
pub mod presence;
pub mod process;
pub mod programs;
pub mod queues;
pub mod raw;
pub mod readers;
pub mod recovery;
pub mod report;
pub mod run;
/// What a fault has at hand.
pub mod scene;
pub mod shop;
/// The long run.
pub mod soak;
pub mod world;
pub mod writers;

pub use programs::{Programs, fleet_program};
pub use soak::{Soak, soak};
