//! Reads over real gRPC servers on loopback, through `Edge::read` as the dispatcher makes them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod draining;
mod failing;
mod sharing;
mod support;
