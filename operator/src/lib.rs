//! The operator: keeps what runs in Kubernetes equal to what each `PawnShop` says.
//!
//! It works in steps, told by the modules: dereference (what do the shop's references point at?), validate
//! (what can the schema not say?), build (which objects does the shop need? pure), apply, update status. Only
//! the edges hold a client.

pub mod apply;
pub mod build;
pub mod caches;
pub mod capabilities;
pub mod children;
pub mod client;
pub mod conditions;
pub mod controller;
pub mod defaults;
pub mod dereference;
pub mod discovery;
pub mod events;
pub mod kind;
pub mod leader;
pub mod memory;
mod metrics;
pub mod observe;
pub mod options;
pub mod reconcile;
pub mod render;
pub mod run;
pub mod status;
pub mod validate;
pub mod watches;
