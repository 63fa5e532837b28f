//! The operator: keeps what runs in Kubernetes equal to what each `PawnShop` says.
//!
//! It works in steps, told by the modules: dereference (what do the shop's references point at?), validate
//! (what can the schema not say?), build (which objects does the shop need? pure), apply, update status. Only
//! the edges hold a client. What is pure is there without the feature `controller`, for `pawnshop render`.

#[cfg(feature = "controller")]
pub mod apply;
pub mod build;
#[cfg(feature = "controller")]
pub mod caches;
pub mod capabilities;
#[cfg(feature = "controller")]
pub mod children;
#[cfg(feature = "controller")]
pub mod client;
#[cfg(feature = "controller")]
pub mod conditions;
#[cfg(feature = "controller")]
pub mod controller;
pub mod defaults;
pub mod dereference;
#[cfg(feature = "controller")]
pub mod discovery;
#[cfg(feature = "controller")]
pub mod events;
#[cfg(feature = "controller")]
pub mod external_metrics;
#[cfg(feature = "controller")]
pub mod keda;
pub mod kind;
#[cfg(feature = "controller")]
pub mod leader;
#[cfg(feature = "controller")]
mod listen;
#[cfg(feature = "controller")]
pub mod memory;
#[cfg(feature = "controller")]
mod metrics;
#[cfg(feature = "controller")]
pub mod observe;
#[cfg(feature = "controller")]
pub mod options;
#[cfg(feature = "controller")]
pub mod reconcile;
pub mod render;
#[cfg(feature = "controller")]
mod replicas;
#[cfg(feature = "controller")]
pub mod run;
pub mod scaling;
#[cfg(feature = "controller")]
pub mod status;
pub mod validate;
#[cfg(feature = "controller")]
pub mod watches;
