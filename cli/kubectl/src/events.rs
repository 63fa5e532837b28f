//! What happened to a shop and to what belongs to it.

mod concerns;
mod row;
#[cfg(test)]
mod tests;

pub(crate) use concerns::Names;
pub(crate) use row::{Row, table};
