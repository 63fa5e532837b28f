//! A file per question. Every figure that is compared is measured in rounds, the shop and its peer in turn.

pub(crate) mod accepted;
pub(crate) mod drain;
pub(crate) mod reads;
pub(crate) mod sustained;
pub(crate) mod tracing;

use crate::load::Load;
use crate::shop::Shop;
use anyhow::Result;
use pawnshop_bench_machine::process;
use std::time::Duration;

/// What a sample at a window's edge holds: the processor time of the shop and of the load generator.
type Cpu = (Duration, Duration);

fn sample(shop: &Shop) -> impl Fn() -> Result<Cpu> {
    let pid = shop.pid();
    move || Ok((process::cpu(pid)?, process::cpu(std::process::id())?))
}

/// Processor time per request, in microseconds: of the shop and of the load generator.
fn cpu_micros(load: &Load<Cpu>) -> (f64, f64) {
    let ((shop_before, own_before), (shop_after, own_after)) = load.samples;
    let each = |used: Duration| used.as_secs_f64() * 1e6 / (load.requests.max(1)) as f64;
    (each(shop_after.saturating_sub(shop_before)), each(own_after.saturating_sub(own_before)))
}
