//! The operator's own metrics: `pawnshop_operator_*`. What of them is worth an alert stands in `docs/RUNBOOKS.md`.

mod series;

use crate::apply::{Change, What};
use crate::children::ShopKey;
use crate::scaling::board::PoolKey;
use metrics::{Unit, counter, gauge, histogram};
use pawnshop_scaling::{Backlog, Decision};
use series::{Meaning, Series};
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
const SCALES: &str = "pawnshop_operator_scales_total";

static SHOPS: Series<ShopKey, 1> =
    Series::new([gauge_of("pawnshop_operator_shop_ready", "1 while a shop is ready")]);

static POOLS: Series<PoolKey, 7> = Series::new([
    gauge_of(
        "pawnshop_operator_pool_backlog_events",
        "Events of a pool ready or unacknowledged; not a number while unknown",
    ),
    gauge_of("pawnshop_operator_pool_backlog_known", "0 while nobody can tell a pool's backlog"),
    gauge_of(
        "pawnshop_operator_pool_scaled_by_events",
        "The backlog, or what keeps the busy workers, whichever is more",
    ),
    gauge_of("pawnshop_operator_pool_workers", "Workers that a scaled pool is to have, whoever said so"),
    gauge_of(
        "pawnshop_operator_pool_max_workers",
        "Workers that a scaled pool may have at most at this time",
    ),
    // Both are there before the first change is, so that this shows as an increase.
    changes_of(",direction=\"out\""),
    changes_of(",direction=\"in\""),
]);

const fn gauge_of(name: &'static str, help: &'static str) -> Meaning {
    Meaning { name, kind: "gauge", help, label: "" }
}

const fn changes_of(label: &'static str) -> Meaning {
    Meaning {
        name: "pawnshop_operator_pool_workers_changed_total",
        kind: "counter",
        help: "Changes of a pool's number of workers, out or in",
        label,
    }
}

/// Writes the series of all shops and pools.
pub(crate) fn render_shops(text: &mut String) {
    SHOPS.render(text);
    POOLS.render(text);
}

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
    SHOPS.tell(shop, |[ready]| *ready = if is_ready { 1.0 } else { 0.0 });
}

/// A shop is gone.
pub(crate) fn gone(shop: &ShopKey) {
    SHOPS.forget(shop);
}

/// What was measured of a pool. An unknown backlog is no number.
pub(crate) fn pool(pool: &PoolKey, backlog: &Backlog, value: &Backlog) {
    POOLS.tell(pool, |[events, known, scaled_by, ..]| {
        *events = number(backlog);
        *known = if matches!(backlog, Backlog::Known(_)) { 1.0 } else { 0.0 };
        *scaled_by = number(value);
    });
}

/// How many workers a pool is to have and may have at most; `None`: it is not scaled, or not there yet.
pub(crate) fn workers(pool: &PoolKey, bounds: Option<(u32, u32)>) {
    POOLS.tell(pool, |[_, _, _, workers, max, ..]| {
        (*workers, *max) =
            bounds.map_or((f64::NAN, f64::NAN), |(workers, max)| (f64::from(workers), f64::from(max)));
    });
}

/// A pool's number of workers was changed, by whomever.
pub(crate) fn rescaled(pool: &PoolKey, from: u32, to: u32) {
    POOLS.tell(pool, |[.., out, into]| *(if to < from { into } else { out }) += 1.0);
}

/// A pool is gone.
pub(crate) fn pool_gone(pool: &PoolKey) {
    POOLS.forget(pool);
}

/// All pools of a shop are gone.
pub(crate) fn pools_gone((namespace, shop): &ShopKey) {
    POOLS.forget_all(|pool| (&pool.namespace, &pool.shop) == (namespace, shop));
}

fn number(backlog: &Backlog) -> f64 {
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
