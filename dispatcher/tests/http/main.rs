//! The dispatcher over HTTP, with a queue and workers that are played.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests; the lint sees only their functions as such"
)]

mod admin;
mod connections;
mod console;
mod overview;
mod played;
mod public;
