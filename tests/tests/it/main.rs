//! One file per claim; `harness` starts and stops real shops.

mod harness;

mod conformance;
mod crash;
mod examples;
mod full_disk;
mod openapi;
mod sync_before_answer;
