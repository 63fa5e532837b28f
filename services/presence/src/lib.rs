//! The presence service: which objects (tags on pawned goods) were seen of late.
//!
//! A partner's system calls back with the ids of objects whose state has changed; each is looked up at the service that
//! knows, and remembered as seen for a while. As every service it has three parts, each composed by another program:
//! events and how they take effect ([`flows`], in the worker), reads ([`queries`], in the worker), and the HTTP routes
//! ([`http`], in the dispatcher). They share the contract ([`proto`]) and what an object's id can be ([`model`]).

pub mod flows;
pub mod http;
pub mod model;
mod objects;
pub mod proto;
pub mod queries;

#[cfg(test)]
mod played;
