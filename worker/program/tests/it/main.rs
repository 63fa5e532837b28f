//! The program as it is run: a process of its own, real servers, signals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod drain;
mod faults;
mod grpc;
mod logs;
mod outages;
mod start;
mod support;
