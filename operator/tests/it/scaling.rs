//! The operator scales: a real broker, a real API server, no pod that would drain a queue.

mod by_keda;
mod doubts;
mod flapping;
mod history;
mod holds;
mod keda_gone;
mod kedas_autoscaler;
mod rules;
pub(crate) mod shop;
