//! The operator: keeps what runs in Kubernetes equal to what each `PawnShop` says.
//!
//! It works in steps, told by the modules: dereference (what do the shop's references point at?), validate
//! (what can the schema not say?), build (which objects does the shop need? pure), apply, update status. Only
//! the edges hold a client.

pub mod capabilities;
pub mod defaults;
