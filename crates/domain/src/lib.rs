//! The words every part of Pawnshop shares: ids, money, time, what happened of late, rejections.
//!
//! No I/O, no async runtime, no knowledge of any service. A value of one of these types is valid:
//! it is parsed once, at the edge, and never checked again.

mod ids;
mod money;
mod recent;
mod rejection;
mod time;

pub use ids::{ClientId, EventId, FlowName, IdError, ItemId, ShopName};
pub use money::{Money, NegativePrice, Price};
pub use recent::{Happened, RECENT_SECONDS, Recent};
pub use rejection::{Rejection, RejectionKind};
pub use time::{Instant, InvalidDate};
