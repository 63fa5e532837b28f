//! The operator's own metrics: `pawnshop_operator_*`. What of them is worth an alert stands in `docs/RUNBOOKS.md`.

use crate::apply::{Change, What};
use crate::children::ShopKey;
use crate::scaling::board::PoolKey;
use metrics::{Unit, counter, gauge, histogram};
use pawnshop_scaling::{Backlog, Decision};
use std::time::Duration;

const RECONCILES: &str = "pawnshop_operator_reconciles_total";
const RECONCILE_SECONDS: &str = "pawnshop_operator_reconcile_seconds";
const ERRORS: &str = "pawnshop_operator_errors_total";
const CHANGES: &str = "pawnshop_operator_changes_total";
const DRIFT_REPAIRED: &str = "pawnshop_operator_drift_repaired_total";
const WATCH_ERRORS: &str = "pawnshop_operator_watch_errors_total";
const API_REQUESTS: &str = "pawnshop_operator_api_requests_total";
const BROKER_POLLS: &str = "pawnshop_operator_broker_polls_total";
const LEADER: &str = "pawnshop_operator_leader";
const SHOP_READY: &str = "pawnshop_operator_shop_ready";
const BACKLOG: &str = "pawnshop_operator_pool_backlog_events";
const BACKLOG_KNOWN: &str = "pawnshop_operator_pool_backlog_known";
const SCALED_BY: &str = "pawnshop_operator_pool_scaled_by_events";
const WORKERS: &str = "pawnshop_operator_pool_workers";
const MAX_WORKERS: &str = "pawnshop_operator_pool_max_workers";
const WORKERS_CHANGED: &str = "pawnshop_operator_pool_workers_changed_total";
const SCALES: &str = "pawnshop_operator_scales_total";

/// Says what each metric means, to the recorder that is installed by now.
pub(crate) fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!(RECONCILES, Unit::Count, "Looks at a shop that ended, by how");
    describe_histogram!(RECONCILE_SECONDS, Unit::Seconds, "How long a look at a shop took");
    describe_counter!(ERRORS, Unit::Count, "Looks at a shop that failed, by what could not be done");
    describe_counter!(CHANGES, Unit::Count, "Objects of shops that were written, by kind and what was done");
    describe_counter!(DRIFT_REPAIRED, Unit::Count, "Changes by others that were undone, by kind of object");
    describe_counter!(WATCH_ERRORS, Unit::Count, "Watches that failed and began anew, by kind of object");
    describe_counter!(API_REQUESTS, Unit::Count, "Requests to the API server: reads, watches and writes");
    describe_counter!(BROKER_POLLS, Unit::Count, "Readings of a broker's queues, by whether it answered");
    describe_gauge!(LEADER, Unit::Count, "1 in the process that holds the lease, which alone writes");
    describe_gauge!(SHOP_READY, Unit::Count, "1 while a shop is ready; not a number once it is gone");
    describe_gauge!(
        BACKLOG,
        Unit::Count,
        "Events of a pool ready or unacknowledged; not a number while unknown"
    );
    describe_gauge!(BACKLOG_KNOWN, Unit::Count, "0 while nobody can tell a pool's backlog");
    describe_gauge!(SCALED_BY, Unit::Count, "The backlog, or what keeps the busy workers, whichever is more");
    describe_gauge!(WORKERS, Unit::Count, "Workers that a scaled pool is to have, whoever said so");
    describe_gauge!(MAX_WORKERS, Unit::Count, "Workers that a scaled pool may have at most at this time");
    describe_counter!(WORKERS_CHANGED, Unit::Count, "Changes of a pool's number of workers, out or in");
    describe_counter!(
        SCALES,
        Unit::Count,
        "Changes of a number of workers by the operator itself, by reason"
    );
}

/// One reconciliation ended: what kind of error it ended with, if any.
pub(crate) fn reconciled(took: Duration, error: Option<&'static str>) {
    let result = if error.is_some() { "error" } else { "ok" };
    counter!(RECONCILES, "result" => result).increment(1);
    histogram!(RECONCILE_SECONDS).record(took.as_secs_f64());
    if let Some(kind) = error {
        counter!(ERRORS, "kind" => kind).increment(1);
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
    counter!(CHANGES, "kind" => change.kind.name(), "what" => what).increment(1);
    if what == "repaired" {
        counter!(DRIFT_REPAIRED, "kind" => change.kind.name()).increment(1);
    }
}

/// A watch on objects of this kind failed, and begins anew.
pub(crate) fn watch_failed(kind: impl Into<metrics::SharedString>) {
    counter!(WATCH_ERRORS, "kind" => kind.into()).increment(1);
}

/// The API server is asked: a `read`, a `watch` or a `write`.
pub(crate) fn requested(kind: &'static str) {
    counter!(API_REQUESTS, "kind" => kind).increment(1);
}

/// A broker was asked for its queues.
pub(crate) fn polled(is_answered: bool) {
    let result = if is_answered { "answered" } else { "failed" };
    counter!(BROKER_POLLS, "result" => result).increment(1);
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
    gauge!(SHOP_READY, "namespace" => shop.0.clone(), "shop" => shop.1.clone()).set(value);
}

/// What was measured of a pool. An unknown backlog is no number.
pub(crate) fn pool(pool: &PoolKey, backlog: &Backlog, value: &Backlog) {
    let labels = labels(pool);
    gauge!(BACKLOG, &labels).set(events(backlog));
    gauge!(SCALED_BY, &labels).set(events(value));
    let known = if matches!(backlog, Backlog::Known(_)) { 1.0 } else { 0.0 };
    gauge!(BACKLOG_KNOWN, &labels).set(known);
}

/// How many workers a pool is to have and may have at most; `None`: it is not scaled, or not there yet.
pub(crate) fn workers(pool: &PoolKey, bounds: Option<(u32, u32)>) {
    let labels = labels(pool);
    let (workers, max) =
        bounds.map_or((f64::NAN, f64::NAN), |(workers, max)| (f64::from(workers), f64::from(max)));
    gauge!(WORKERS, &labels).set(workers);
    gauge!(MAX_WORKERS, &labels).set(max);
    // There before the first change is, so that this shows as an increase.
    for direction in DIRECTIONS {
        workers_changed(pool, direction, 0);
    }
}

/// A pool's number of workers was changed, by whomever.
pub(crate) fn rescaled(pool: &PoolKey, from: u32, to: u32) {
    workers_changed(pool, DIRECTIONS[usize::from(to < from)], 1);
}

const DIRECTIONS: [&str; 2] = ["out", "in"];

fn workers_changed(pool: &PoolKey, direction: &'static str, times: u64) {
    let [namespace, shop, name] = labels(pool);
    let labels = [namespace, shop, name, ("direction", direction.to_owned())];
    counter!(WORKERS_CHANGED, &labels).increment(times);
}

/// A pool is gone.
pub(crate) fn pool_gone(pool: &PoolKey) {
    let labels = labels(pool);
    for gauge in [BACKLOG, SCALED_BY, BACKLOG_KNOWN, WORKERS, MAX_WORKERS] {
        gauge!(gauge, &labels).set(f64::NAN);
    }
}

fn labels(pool: &PoolKey) -> [(&'static str, String); 3] {
    [("namespace", pool.namespace.clone()), ("shop", pool.shop.clone()), ("pool", pool.pool.clone())]
}

fn events(backlog: &Backlog) -> f64 {
    match backlog {
        Backlog::Known(events) => *events as f64,
        Backlog::Unknown(_) => f64::NAN,
    }
}

/// The operator itself changed a number of workers.
pub(crate) fn scaled(decision: &Decision) {
    counter!(SCALES, "reason" => decision.why.name()).increment(1);
}

/// Whether this process leads.
pub(crate) fn leads(leads: bool) {
    gauge!(LEADER).set(if leads { 1.0 } else { 0.0 });
}
