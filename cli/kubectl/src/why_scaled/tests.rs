use super::find::{Found, Metric};
use super::{Report, of_namespace, of_shop, show};
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::PawnShop;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-11-20T10:05:00Z".parse().unwrap()
}

/// A shop whose pool `items` is scaled as `scaling` of its status says, with these fields of its autoscaling.
fn shop(name: &str, autoscaling: &Value, pool: &Value) -> Value {
    let mut told = json!({"name": "items", "replicas": 4, "ready": 4, "flows": ["item"]});
    told.as_object_mut().unwrap().extend(pool.as_object().unwrap().clone());
    json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop",
        "metadata": {"name": name, "namespace": "shops", "uid": "u", "generation": 2},
        "spec": {"pools": [
            {"name": "items", "flows": ["item"], "autoscaling": autoscaling},
            {"name": "actions", "flows": ["buy-actions"], "replicas": 2},
        ]},
        "status": {
            "observedGeneration": 2,
            "conditions": [{
                "type": "ScalingActive", "status": "True", "reason": "Following",
                "message": "every pool that is scaled follows its backlog",
                "lastTransitionTime": "2026-11-20T10:02:00Z", "observedGeneration": 2,
            }],
            "pools": [told],
        },
    })
}

fn scaling(backend: &str) -> Value {
    json!({"backend": backend, "min": 1, "max": 10, "busy": 1, "changes": [
        {"at": "2026-11-20T10:04:20Z", "from": 1, "to": 4, "reason": "BacklogGrew", "message": "1 -> 4 BacklogGrew: backlog 2000, 500 per worker: asks for 4 within 1..10"},
        {"at": "2026-11-20T09:00:00Z", "from": 5, "to": 1, "reason": "ByAnother", "message": "not by the rule, which says: 5 AsWanted: backlog 2100, 500 per worker: asks for 5 within 1..10"},
    ]})
}

fn parsed(shop: Value) -> PawnShop {
    serde_json::from_value(shop).unwrap()
}

/// The pool `items`, of so many workers.
fn found(shop: Value, workers: i32, metric: Option<Metric>) -> Found {
    let deployment = json!({
        "metadata": {},
        "spec": {"replicas": workers, "selector": {}, "template": {}},
        "status": {"readyReplicas": workers},
    });
    Found {
        which: of_shop(parsed(shop), "items").unwrap(),
        deployment: Some(serde_json::from_value(deployment).unwrap()),
        autoscaler: None,
        metric,
        unread: Vec::new(),
    }
}

fn autoscaler(desired: i32, conditions: &Value) -> Value {
    json!({
        "metadata": {"name": "downtown-items"},
        "spec": {"minReplicas": 1, "maxReplicas": 10, "scaleTargetRef": {"kind": "Deployment", "name": "downtown-items"}},
        "status": {
            "currentReplicas": 4, "desiredReplicas": desired, "lastScaleTime": "2026-11-20T10:04:20Z",
            "conditions": conditions, "currentMetrics": null,
        },
    })
}

fn plain(found: &Found, width: Option<usize>) -> String {
    anstream::adapter::strip_str(&show(&Report::of(found, now()), width, now())).to_string()
}

/// A backlog that shrank a moment ago, with an autoscaler that waits.
fn stabilising() -> Found {
    let shop =
        shop("downtown", &json!({"min": 1, "max": 10}), &json!({"scaling": scaling("ExternalMetrics")}));
    let metric = Metric::Value { events: 500, at: Some("2026-11-20T10:04:57Z".parse().unwrap()) };
    let mut found = found(shop, 4, Some(metric));
    let conditions = json!([
        {"type": "AbleToScale", "status": "True", "reason": "ScaleDownStabilized", "message": "recent recommendations were higher than current one, applying the highest recent recommendation"},
        {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound", "message": "the HPA was able to successfully calculate a replica count"},
        {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange", "message": "the desired count is within the acceptable range"},
    ]);
    found.autoscaler = Some(serde_json::from_value(autoscaler(4, &conditions)).unwrap());
    found
}

#[test]
fn workers_that_wait_for_the_window_are_told_with_what_the_autoscaler_says_and_the_last_changes() {
    insta::assert_snapshot!(plain(&stabilising(), None));
}

#[test]
fn on_a_terminal_sentences_are_broken_beside_their_headings() {
    insta::assert_snapshot!(plain(&stabilising(), Some(80)));
}

#[test]
fn programs_get_the_same_as_json() {
    insta::assert_json_snapshot!(Report::of(&stabilising(), now()));
}

#[test]
fn what_is_not_known_is_told_with_its_reason_and_what_may_not_be_read() {
    let told = json!({"backlogUnknown": "the management API does not answer", "scaling": scaling("ExternalMetrics")});
    let mut found = found(shop("downtown", &json!({"min": 1, "max": 10}), &told), 4, Some(Metric::Unknown));
    let conditions = json!([{
        "type": "ScalingActive", "status": "False", "reason": "FailedGetExternalMetric",
        "message": "no metrics returned from external metrics API",
    }]);
    found.autoscaler = Some(serde_json::from_value(autoscaler(4, &conditions)).unwrap());
    found.unread.push("you may not get deployments.apps".to_owned());
    insta::assert_snapshot!(plain(&found, None));
}

#[test]
fn a_pause_a_schedule_and_a_budget_of_growth_are_inputs() {
    let autoscaling = json!({
        "min": 1, "max": 5, "backlogPerWorker": 100, "surge": {"workers": 2, "seconds": 60},
        "schedules": [{"start": "0 10 * * *", "end": "0 18 * * *", "timeZone": "UTC", "min": 3, "max": 20}],
    });
    let told = json!({"backlog": 1800, "scaling": {"backend": "Builtin", "min": 3, "max": 20}});
    let mut shop = shop("downtown", &autoscaling, &told);
    let of = |shop: &Value| plain(&found(shop.clone(), 4, None), None);
    insta::assert_snapshot!("a_schedule_and_a_budget", of(&shop));
    shop["metadata"]["annotations"] = json!({"pawnshop.dev/paused-scaling": "true"});
    let told = of(&shop);
    assert!(told.contains("4 Paused: backlog 1800"), "{told}");
    assert!(told.contains("what would change it   ending the pause"), "{told}");
    assert!(told.contains("yes, by the annotation pawnshop.dev/paused-scaling"), "{told}");
}

/// What the rule says, and what holds it, where a pool of `min` 0 with these figures has so many workers.
fn said(workers: i32, pool: &Value) -> String {
    let mut told = pool.clone();
    told["scaling"] = json!({"backend": "Builtin", "min": 0, "max": 10});
    let shop = shop("downtown", &json!({"min": 0, "max": 10}), &told);
    let report = serde_json::to_value(Report::of(&found(shop, workers, None), now())).unwrap();
    format!("{} | {}", report["rule"]["says"].as_str().unwrap(), report["rule"]["held"])
}

#[test]
fn between_0_and_1_it_is_told_what_a_pool_waits_for() {
    assert_eq!(
        said(0, &json!({"backlog": 0})),
        "0 Asleep: backlog 0, 500 per worker: asks for 0 within 0..10 | null"
    );
    assert_eq!(
        said(0, &json!({"backlog": 3})),
        "0 -> 1 WokeUp: backlog 3, 500 per worker: asks for 1 within 0..10 | null"
    );
    let told = said(1, &json!({"backlog": 0}));
    assert!(told.starts_with("1 -> 0 FellAsleep: backlog 0"), "{told}");
    assert!(told.contains("the last worker is removed only when for 300 s nothing waited"), "{told}");
    assert!(told.contains("or was to be retried; what is to be retried is not told here"), "{told}");
    let told = said(1, &json!({"backlogUnknown": "no answer"}));
    assert!(told.starts_with("1 BacklogUnknown: backlog unknown (no answer)"), "{told}");
}

#[test]
fn what_an_autoscaler_lets_be_is_told() {
    let mut found = stabilising();
    found.metric = Some(Metric::Value { events: 2100, at: None });
    found.autoscaler = Some(serde_json::from_value(autoscaler(4, &json!([]))).unwrap());
    let told = plain(&found, None);
    assert!(told.contains("4 -> 5 BacklogGrew"), "{told}");
    assert!(told.contains("leaves alone what is within 10 % of the target"), "{told}");
    found.metric = Some(Metric::Value { events: 2300, at: None });
    assert!(!plain(&found, None).contains("leaves alone"));
}

#[test]
fn a_pool_of_a_fixed_number_has_no_rule() {
    let mut shop = shop("downtown", &json!({"min": 1, "max": 10}), &json!({}));
    let told = json!({"name": "actions", "replicas": 2, "ready": 1, "scaling": {"backend": "Fixed", "min": 2, "max": 2}});
    shop["status"]["pools"].as_array_mut().unwrap().push(told);
    let which = of_shop(parsed(shop), "actions").unwrap();
    let found = Found { which, deployment: None, autoscaler: None, metric: None, unread: Vec::new() };
    insta::assert_snapshot!(plain(&found, None));
}

#[test]
fn a_pool_that_is_not_there_is_answered_with_those_that_are() {
    let shop = |name: &str| shop(name, &json!({"min": 1, "max": 10}), &json!({}));
    let of_shop = |shop: Value, pool: &str| of_shop(parsed(shop), pool).unwrap_err().to_string();
    assert_eq!(
        of_shop(shop("downtown"), "itmes"),
        "the shop downtown has no pool itmes; did you mean items? There are: items, actions"
    );
    assert_eq!(
        of_shop(shop("downtown"), "actions"),
        "the operator has told nothing yet of the pool actions of the shop downtown: \
         `kubectl pawnshop status downtown -n shops` tells whether one looks after it"
    );
    let shops = ["downtown", "uptown"].map(|name| parsed(shop(name)));
    let told = |shops: &[PawnShop], pool| of_namespace(shops, "shops", pool).unwrap_err().to_string();
    assert_eq!(
        told(&shops, "items"),
        "several shops of the namespace shops have a pool items: give --shop (downtown, uptown)"
    );
    assert_eq!(told(&shops, "x"), "no shop of the namespace shops has a pool x; there are: actions, items");
    assert_eq!(told(&[], "items"), "the namespace shops has no shops: give -n, or --shop");
    assert!(of_namespace(&shops[..1], "shops", "items").is_ok());
}
