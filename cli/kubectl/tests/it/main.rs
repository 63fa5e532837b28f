//! The plugin's program against a real API server, and through it into a real pod.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod errors;
mod forwarded;
mod render;
mod status;
mod support;
mod why_scaled;
