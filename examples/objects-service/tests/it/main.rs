//! The service as whoever asks it sees it: the real program, and the same within a process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod answers;
mod failures;
mod in_process;
mod life;
mod many;
mod support;
