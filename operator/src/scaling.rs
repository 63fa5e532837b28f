//! Pools follow their backlog (decisions K1 to K7 and K9): what is measured, what is served of it, and what acts on it.
//!
//! - Who scales is chosen for each shop: [`backend`], and whether another still does: [`other`]. What the resource, the time and a pause make of it: [`regime`].
//! - A task for each shop ([`scaler`]) measures at each reading of its broker: the queues ([`measure`]), and where
//!   something is in them, the pods ([`pods`], [`figures`]). What it finds stands on the [`board`], from which metrics are
//!   answered by every replica, without asking anybody.
//! - The leader's tasks act: between 0 and 1 in any case but KEDA's, and on everything where nobody else scales
//!   ([`pawnshop_scaling::decide`] is the rule, [`act`] the write). A pool that sleeps is looked at over AMQP each second,
//!   whoever wakes it ([`doorbell`]).

#[cfg(feature = "controller")]
mod act;
pub mod backend;
#[cfg(feature = "controller")]
pub mod board;
#[cfg(feature = "controller")]
mod deletion_cost;
#[cfg(feature = "controller")]
mod doorbell;
#[cfg(feature = "controller")]
mod figures;
#[cfg(feature = "controller")]
mod measure;
#[cfg(feature = "controller")]
pub mod other;
#[cfg(feature = "controller")]
mod plan;
#[cfg(feature = "controller")]
mod pods;
#[cfg(feature = "controller")]
mod pool;
#[cfg(feature = "controller")]
mod record;
pub mod regime;
#[cfg(feature = "controller")]
mod scaler;
#[cfg(feature = "controller")]
mod scalers;
#[cfg(feature = "controller")]
mod told;

#[cfg(feature = "controller")]
pub use doorbell::AmqpDoorbells;
#[cfg(feature = "controller")]
pub use figures::Figures;
#[cfg(feature = "controller")]
pub use plan::{Plan, PoolPlan};
#[cfg(feature = "controller")]
pub use record::record;
#[cfg(feature = "controller")]
pub use scalers::{Scalers, Tempo, World};
#[cfg(feature = "controller")]
pub use told::PoolTold;
