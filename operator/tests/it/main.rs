//! The operator against a real API server: what it writes, what it repairs, what it leaves alone, and what becomes of
//! that when it is killed. No pod ever runs here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod bindings;
mod conflicts;
mod crash;
mod drift;
mod external_metrics;
mod faults;
mod keda;
mod kinds;
mod leaders;
mod metrics;
mod outage;
mod partition;
mod scaling;
mod steady;
mod support;
