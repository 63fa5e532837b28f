//! How a shop is: read whole, made into a tree by pure functions, shown.

mod find;
mod objects;
mod pods;
mod show;
mod summary;
#[cfg(test)]
mod tests;
mod tree;
mod verdict;

pub(crate) use find::find;
pub(crate) use show::{Detail, show};
pub(crate) use summary::{Summary, table};
pub(crate) use tree::Tree;
