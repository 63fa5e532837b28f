//! The operator's own metrics: `pawnshop_operator_*`.

use crate::apply::{Change, What};
use crate::children::ShopKey;
use metrics::{counter, gauge, histogram};
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

/// Whether this process leads.
pub(crate) fn leads(leads: bool) {
    gauge!("pawnshop_operator_leader").set(if leads { 1.0 } else { 0.0 });
}
