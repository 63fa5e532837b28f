//! A fleet on the embedded queue and store, with handlers that do what an event's subject says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may panic as the test may")]

mod alone;
mod checks;
mod dead_letters;
mod figures;
mod isolation;
mod outages;
mod outcomes;
mod scaling;
mod support;
