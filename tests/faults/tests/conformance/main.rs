//! The HTTP API, row by row, against a fleet on RabbitMQ and MongoDB: the very tests that the embedded shop passes
//! (`tests/tests/it/conformance`), so that the two cannot drift apart.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod harness;

#[path = "../../../tests/it/conformance/mod.rs"]
mod conformance;
