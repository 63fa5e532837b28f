//! The items service: items, and the history of what the shop did with them.
//!
//! It has three parts, each composed by another program: events and how they take effect ([`flows`], in the
//! worker), reads ([`queries`], in the worker), and the HTTP routes ([`http`], in the dispatcher). They share the
//! contract ([`proto`]) and what an item can be ([`model`]), and nothing else.

pub mod flows;
pub mod http;
pub mod model;
pub mod proto;
pub mod queries;
