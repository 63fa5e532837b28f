//! Pools follow their backlog (decisions K1 to K7 and K9): what is measured, what is served of it, and what acts on it.

pub mod board;
