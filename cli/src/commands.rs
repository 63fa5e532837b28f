//! One file per command.

pub(crate) mod completions;
pub(crate) mod dlq;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod load;
pub(crate) mod up;
pub(crate) mod version;
