//! The peers: the very rows that a shop wrote, written again by the same library without a shop. Schema and rows
//! are taken from the shop's own files after it has ended, so that a peer cannot fall behind the schema, and every
//! byte is the same.

mod capture;
mod file;
mod raw;

pub(crate) use capture::Captured;
pub(crate) use raw::{Applied, Groups, apply, write};
