//! The operator's own metrics: `pawnshop_operator_*`.

use crate::apply::{Change, What};
use crate::children::ShopKey;
use crate::scaling::board::PoolKey;
use metrics::{counter, gauge, histogram};
use pawnshop_scaling::{Backlog, Decision};
use std::time::Duration;

/// One reconciliation ended: what kind of error it ended with, if any.
pub(crate) fn reconciled(took: Duration, error: Option<&'static str>) {
    let result = if error.is_some() { "error" } else { "ok" };
    counter!("pawnshop_operator_reconciles_total", "result" => result).increment(1);
    histogram!("pawnshop_operator_reconcile_seconds").record(took.as_secs_f64());
    if let Some(kind) = error {
        counter!("pawnshop_operator_errors_total", "kind" => kind).increment(1);
    }
}

/// An object was written.
pub(crate) fn changed(change: &Change) {
    let what = match change.what {
        What::Created => "created",
        What::Updated => "updated",
        What::Repaired(_) => "repaired",
        What::Pruned => "pruned",
    };
    counter!("pawnshop_operator_changes_total", "kind" => change.kind.name(), "what" => what).increment(1);
    if what == "repaired" {
        counter!("pawnshop_operator_drift_repaired_total", "kind" => change.kind.name()).increment(1);
    }
}

/// Whether a shop is ready.
pub(crate) fn ready(shop: &ShopKey, is_ready: bool) {
    set_ready(shop, if is_ready { 1.0 } else { 0.0 });
}

/// A shop is gone. The recorder cannot drop a series; one that is not a number raises no alert.
pub(crate) fn gone(shop: &ShopKey) {
    set_ready(shop, f64::NAN);
}

fn set_ready(shop: &ShopKey, value: f64) {
    gauge!("pawnshop_operator_shop_ready", "namespace" => shop.0.clone(), "shop" => shop.1.clone())
        .set(value);
}

/// What was measured of a pool. An unknown backlog is no number.
pub(crate) fn pool(pool: &PoolKey, backlog: &Backlog, value: &Backlog) {
    set_pool(pool, events(backlog), events(value));
}

/// A pool is gone.
pub(crate) fn pool_gone(pool: &PoolKey) {
    set_pool(pool, f64::NAN, f64::NAN);
}

fn events(backlog: &Backlog) -> f64 {
    match backlog {
        Backlog::Known(events) => *events as f64,
        Backlog::Unknown(_) => f64::NAN,
    }
}

fn set_pool(pool: &PoolKey, backlog: f64, value: f64) {
    let labels =
        [("namespace", pool.namespace.clone()), ("shop", pool.shop.clone()), ("pool", pool.pool.clone())];
    gauge!("pawnshop_operator_pool_backlog_events", &labels).set(backlog);
    gauge!("pawnshop_operator_pool_scaled_by_events", &labels).set(value);
    let known = if backlog.is_nan() { 0.0 } else { 1.0 };
    gauge!("pawnshop_operator_pool_backlog_known", &labels).set(known);
}

/// The operator itself changed a number of workers.
pub(crate) fn scaled(decision: &Decision) {
    counter!("pawnshop_operator_scales_total", "reason" => decision.why.name()).increment(1);
}

/// Whether this process leads.
pub(crate) fn leads(leads: bool) {
    gauge!("pawnshop_operator_leader").set(if leads { 1.0 } else { 0.0 });
}
