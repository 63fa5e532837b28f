//! The queries over the gRPC contract, on a real store.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic as the test may")]

mod bounds;
mod failures;
mod reads;
mod support;
