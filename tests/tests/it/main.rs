//! One file per claim; `harness` starts and stops real shops.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod harness;

mod conformance;
mod crash;
mod examples;
mod full_disk;
mod logs;
mod openapi;
mod presence;
mod sync_before_answer;
mod traces;
