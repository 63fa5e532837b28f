//! The routes against a queue and workers that are played: what is accepted, refused, asked and shown. The whole shop is
//! tested where it is composed.

mod reads;
mod support;
mod writes;
