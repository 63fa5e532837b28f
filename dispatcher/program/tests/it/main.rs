//! The program as it is run: a process of its own, a real broker, signals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod operations;
mod reads;
mod settings;
mod stop;
mod support;
mod writes;
