//! What the fleet's programs share: the settings of a shop, its flows and its broker, and what is made of them.
//!
//! A program lists the rows of [`rows`] in its table, and asks for the values with the functions of [`shop`] and
//! [`broker`]. What needs neither shop nor broker is in `pawnshop-runtime`; stores are the worker's alone. To add a setting that every program of a shop has: its row, and where its value goes.

pub mod broker;
pub mod rows;
pub mod shop;
pub mod traces;
