//! The gRPC contract between dispatcher and worker that no service owns: outcomes and dead letters, and the
//! [`Channel`] that every client of a worker stands on.

mod channel;

/// The generated contract.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod v1 {
    tonic::include_proto!("pawnshop.v1");
}

pub use channel::{Channel, in_process};
