//! Why a pool has as many workers as it has: what scales it is read as it is now, the rule is applied to it again
//! without a memory, and the changes on record stand below (decision K9).

mod autoscaler;
mod find;
mod held;
mod inputs;
mod report;
mod show;
#[cfg(test)]
mod tests;
mod which;

pub(crate) use find::find;
pub(crate) use report::Report;
pub(crate) use show::show;
pub(crate) use which::{of_namespace, of_shop};
