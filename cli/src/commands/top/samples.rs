//! Overviews to test with.

use super::document::Overview;
use serde_json::json;

/// Two processes with one pool, and all is known.
pub(super) fn busy() -> Overview {
    serde_json::from_value(json!({
        "shop": "default/downtown", "at": "2026-11-28T09:12:44.018224Z", "windowSeconds": 10,
        "accepted": {"by": "this dispatcher", "total": 48210, "perSecond": 21.4},
        "workers": {"known": 2, "told": 2}, "unavailable": [],
        "eventAge": {"events": 214, "meanSeconds": 0.021, "maxSeconds": 0.114},
        "pools": [{"name": "default", "processes": 2, "workers": 4, "paused": false, "backlog": {"known": 1212},
            "flows": [
                {"name": "buy-actions", "backlog": {"known": 0},
                 "settled": {"applied": 310, "rejected": 0, "deadLettered": 1, "retried": 0, "returned": 0}},
                {"name": "item", "backlog": {"known": 1212},
                 "settled": {"applied": 12044, "rejected": 3, "deadLettered": 0, "retried": 1, "returned": 0},
                 "eventAge": {"events": 214, "meanSeconds": 0.021, "maxSeconds": 0.114}}]}],
        "untold": []
    }))
    .unwrap()
}

/// One pool sleeps, one flow was never told of, a process is silent and the store is away.
pub(super) fn asleep() -> Overview {
    let nobody = "no worker of this pool answers: it sleeps, or cannot be reached";
    serde_json::from_value(json!({
        "shop": "default/downtown", "at": "2026-11-28T09:12:45.018224Z", "windowSeconds": 10,
        "accepted": {"by": "this dispatcher", "total": 48210, "perSecond": 0.0},
        "workers": {"known": 2, "told": 1}, "unavailable": ["store"],
        "pools": [
            {"name": "actions", "processes": 0, "workers": 0, "paused": false, "backlog": {"unknown": nobody},
             "flows": [{"name": "buy-actions", "backlog": {"unknown": nobody}}]},
            {"name": "items", "processes": 1, "workers": 2, "paused": false, "backlog": {"known": 7},
             "flows": [{"name": "item", "backlog": {"known": 7},
                "settled": {"applied": 12044, "rejected": 3, "deadLettered": 0, "retried": 1, "returned": 0}}]}],
        "untold": ["pawn-actions"]
    }))
    .unwrap()
}
