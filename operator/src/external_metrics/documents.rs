//! What is answered, as documents of the Kubernetes API: pure.

use crate::build::labels::{POOL, SHOP};
use crate::scaling::board::{MOST, Measured, PoolKey};
use http::StatusCode;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pawnshop_scaling::Backlog;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The API's group.
pub(super) const GROUP: &str = "external.metrics.k8s.io";

/// Its version.
pub(super) const VERSION: &str = "v1beta1";

/// The one metric: the events that a pool is to be scaled by.
pub(super) const METRIC: &str = "pawnshop_backlog";

/// `APIGroupList`: the groups that are served here.
pub(super) fn groups() -> Value {
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group_alone()]})
}

/// `APIGroup`: the versions of the group.
pub(super) fn group() -> Value {
    let mut group = group_alone();
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    group
}

fn group_alone() -> Value {
    let version = json!({"groupVersion": group_version(), "version": VERSION});
    json!({"name": GROUP, "versions": [version.clone()], "preferredVersion": version})
}

/// `APIResourceList`: what the version has.
pub(super) fn resources() -> Value {
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version(),
        "resources": [{
            "name": METRIC,
            "singularName": "",
            "namespaced": true,
            "kind": "ExternalMetricValueList",
            "verbs": ["get"],
        }],
    })
}

/// `ExternalMetricValueList`: the values of these pools, or none at all: whoever asks sums them up, and a sum that lacks
/// a pool nothing is known of would be too small (G7).
pub(super) fn values(pools: &[(PoolKey, Measured)]) -> Value {
    let items: Option<Vec<_>> = pools.iter().map(|(pool, measured)| value(pool, measured)).collect();
    json!({
        "kind": "ExternalMetricValueList",
        "apiVersion": group_version(),
        "metadata": {},
        "items": items.unwrap_or_default(),
    })
}

fn value(pool: &PoolKey, measured: &Measured) -> Option<Value> {
    match measured.current() {
        Backlog::Known(events) => Some(json!({
            "metricName": METRIC,
            "metricLabels": labels(pool),
            "timestamp": Time(measured.at),
            "value": events.min(MOST).to_string(),
        })),
        Backlog::Unknown(reason) => {
            tracing::debug!(?pool, reason, "no value is served");
            None
        }
    }
}

/// What a pool is selected by.
pub(super) fn labels(pool: &PoolKey) -> BTreeMap<String, String> {
    BTreeMap::from([(SHOP.to_owned(), pool.shop.clone()), (POOL.to_owned(), pool.pool.clone())])
}

/// `Status`: why something is not answered. `reason` is one of the API's own words.
pub(super) fn status(code: StatusCode, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code.as_u16(),
    })
}

pub(super) fn group_version() -> String {
    format!("{GROUP}/{VERSION}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::jiff::Timestamp;
    use std::num::NonZeroU32;
    use std::time::Duration;
    use tokio::time::Instant;

    fn pool(name: &str, value: Backlog) -> (PoolKey, Measured) {
        let key = PoolKey { namespace: "shops".to_owned(), shop: "town".to_owned(), pool: name.to_owned() };
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        (
            key,
            Measured {
                value,
                at,
                seen: Instant::now(),
                backlog_per_worker: NonZeroU32::MIN,
                stays_awake: false,
            },
        )
    }

    #[tokio::test]
    async fn a_value_is_a_whole_quantity_with_the_time_at_which_it_was_measured() {
        let answer =
            values(&[pool("items", Backlog::Known(1234)), pool("actions", Backlog::Known(u64::MAX))]);
        assert_eq!(
            answer["items"][0],
            json!({
                "metricName": "pawnshop_backlog",
                "metricLabels": {"pawnshop.dev/shop": "town", "pawnshop.dev/pool": "items"},
                "timestamp": "2023-11-14T22:13:20Z",
                "value": "1234",
            })
        );
        let most: i64 = answer["items"][1]["value"].as_str().unwrap().parse().unwrap();
        assert!(most.checked_mul(1000).is_some(), "an HPA counts thousandths: {most}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_pool_that_nothing_is_known_of_leaves_nothing_to_sum_up() {
        let known = pool("items", Backlog::Known(0));
        assert_eq!(values(std::slice::from_ref(&known))["items"].as_array().unwrap().len(), 1);
        let unknown = pool("actions", Backlog::Unknown("the broker is away".to_owned()));
        assert_eq!(values(&[known.clone(), unknown])["items"], json!([]));
        assert_eq!(values(&[])["items"], json!([]));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(values(&[known])["items"], json!([]), "it is old");
    }
}
