//! What a service's gRPC queries stand on: [`Turns`], which bound how many answers are worked out at once and how long
//! each may take, and the statuses of what goes wrong with a store. The queries are the services' own.

mod status;
mod turns;

pub use status::{refused, unreadable};
pub use turns::{Limits, Turns};
