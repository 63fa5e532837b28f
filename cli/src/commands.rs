//! One file per command.

pub mod completions;
pub mod dlq;
pub mod get;
pub(crate) mod import;
pub(crate) mod load;
pub mod render;
pub(crate) mod top;
pub(crate) mod up;
pub(crate) mod version;
