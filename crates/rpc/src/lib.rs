//! The gRPC contract between dispatcher and worker that no service owns: outcomes, dead letters and
//! workers' figures; the [`Channel`] that every client of a worker stands on, and the [`Roster`] of all workers.

mod channel;
mod roster;
pub mod traced;
mod tried;

/// The generated contract.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod v1 {
    tonic::include_proto!("pawnshop.v1");
}

/// The encoded `FileDescriptorSet` of the contract, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The most bytes of a gRPC message between dispatcher and worker, either way: a dead letter is shown whole, and no
/// broker lets a body of more than 16 MiB pass; the rest is room for what is told beside it.
pub const MESSAGE_LIMIT: usize = 20 << 20;

pub use channel::{Channel, in_process};
pub use roster::Roster;
pub use tried::Tried;
