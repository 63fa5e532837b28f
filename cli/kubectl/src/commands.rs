//! One file per command.

pub(crate) mod completions;
pub(crate) mod dlq;
pub(crate) mod events;
pub(crate) mod get;
pub(crate) mod render;
pub(crate) mod status;
pub(crate) mod version;
pub(crate) mod why_scaled;
