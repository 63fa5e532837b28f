//! Reads over real gRPC servers on loopback, through `Edge::read` as the dispatcher makes them.

mod draining;
mod failing;
mod sharing;
mod support;
