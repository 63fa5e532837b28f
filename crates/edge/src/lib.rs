//! What the HTTP half of every service stands on: problems (RFC 9457), bodies and queries whose faults are
//! all told at once, the way from a validated request to an accepted event, and bounded reads from workers.
//!
//! It knows no service and no broker: it publishes through [`pawnshop_messaging::Publisher`] and reads through
//! [`pawnshop_rpc::Channel`]. A service's write endpoint reads top-down:
//!
//! 1. [`Caller::new`] identifies the request (idempotency key, trace, patience),
//! 2. [`Edge::read_fields`] takes the body, and [`Fields`] its values,
//! 3. [`Edge::accept`] publishes the event and answers 202, 201 or a [`Problem`]; [`Edge::accept_all`] publishes many, all
//!    or nothing.
//!
//! A read endpoint takes a [`Query`] and calls [`Edge::read`]; a list has its [`page`]s. A new kind of problem is one line in
//! [`problem::kinds`].

mod accept;
mod accept_all;
mod admission;
mod body;
mod caller;
mod edge;
mod fields;
mod intake;
mod outcome;
pub mod page;
mod path;
pub mod problem;
mod query;
mod read;
pub mod responses;
pub mod schema;
mod told;

pub use accept::{Accepted, Applied};
pub use admission::{Admission, Permit};
pub use caller::Caller;
pub use edge::{Edge, EdgeOptions, Limits};
pub use fields::{Fields, ValueFault, integer, parsed};
pub use intake::Taken;
pub use outcome::{EventOutcomeBody, OutcomeName};
pub use path::path_parameter;
pub use problem::{Fault, Place, Problem};
pub use query::Query;
pub use told::Told;
