use super::find::Found;
use super::{Detail, Summary, Tree, show, table};
use k8s_openapi::jiff::Timestamp;
use pawnshop_operator::kind::Kind;
use serde_json::{Value, json};

const BEGIN: &str = "2026-11-20T10:00:00Z";

fn now() -> Timestamp {
    "2026-11-20T10:05:00Z".parse().unwrap()
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": "2026-11-20T10:02:00Z", "observedGeneration": 2,
    })
}

fn shop(ready: (&str, &str, &str), degraded: (&str, &str, &str)) -> Value {
    json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop",
        "metadata": {
            "name": "downtown", "namespace": "shops", "uid": "u", "generation": 2, "creationTimestamp": BEGIN,
            "annotations": {"pawnshop.dev/paused-scaling": "actions"},
        },
        "spec": {"pools": [{"name": "items", "flows": ["item"]}, {"name": "actions", "flows": ["buy-actions", "sell-actions"]}]},
        "status": {
            "observedGeneration": 2, "workers": "1/3", "backlog": "unknown",
            "dispatcher": {"replicas": 2, "ready": 2, "selector": "a=b"},
            "conditions": [
                condition("Ready", ready.0, ready.1, ready.2),
                condition("Degraded", degraded.0, degraded.1, degraded.2),
            ],
            "pools": [
                {"name": "items", "replicas": 2, "ready": 0, "backlog": 1200, "flows": ["item"], "scaling": {
                    "backend": "Fixed", "min": 2, "max": 2,
                }},
                {"name": "actions", "replicas": 1, "ready": 1, "backlogUnknown": "the management API does not answer", "flows": ["buy-actions"], "scaling": {
                    "backend": "ExternalMetrics", "min": 1, "max": 20, "changes": [
                        {"at": "2026-11-20T10:01:00Z", "from": 1, "to": 2, "reason": "BacklogGrew", "message": "1 -> 2 BacklogGrew: backlog 700, 500 per worker: asks for 2 within 1..20"},
                        {"at": "2026-11-20T10:00:30Z", "from": 0, "to": 1, "reason": "WokeUp", "message": "0 -> 1 WokeUp: backlog 3, 500 per worker: asks for 1 within 1..20"},
                    ],
                }},
            ],
        },
    })
}

fn object(kind: Kind, name: &str, spec: Value, status: Value) -> (Kind, Value) {
    (kind, json!({"metadata": {"name": name, "namespace": "shops"}, "spec": spec, "status": status}))
}

fn deployment(name: &str, wanted: i64, ready: i64, conditions: Value) -> (Kind, Value) {
    let status = json!({"readyReplicas": ready, "updatedReplicas": wanted, "conditions": conditions});
    object(Kind::Deployment, name, json!({"replicas": wanted}), status)
}

fn pod(name: &str, pool: Option<&str>, spec: Value, status: Value) -> Value {
    let mut labels = json!({"pawnshop.dev/shop": "downtown"});
    if let Some(pool) = pool {
        labels["pawnshop.dev/pool"] = pool.into();
    }
    json!({"metadata": {"name": name, "labels": labels, "creationTimestamp": BEGIN}, "spec": spec, "status": status})
}

fn ready() -> Value {
    json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [
        {"name": "worker", "ready": true, "restartCount": 0, "image": "", "imageID": "", "state": {"running": {}}},
    ]})
}

fn waiting(reason: &str, last: Value) -> Value {
    json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [{
        "name": "worker", "ready": false, "restartCount": 4, "image": "", "imageID": "",
        "state": {"waiting": {"reason": reason, "message": "back-off 40s restarting failed container"}},
        "lastState": last,
    }]})
}

fn found(shop: Value, objects: Vec<(Kind, Value)>, pods: Vec<Value>) -> Found {
    let objects = objects.into_iter().map(|(kind, object)| {
        let mut object = object;
        object["apiVersion"] = kind.resource().api_version.into();
        object["kind"] = kind.name().into();
        (kind, serde_json::from_value(object).unwrap())
    });
    Found {
        shop: serde_json::from_value(shop).unwrap(),
        objects: objects.collect(),
        pods: pods.into_iter().map(|pod| serde_json::from_value(pod).unwrap()).collect(),
        unread: Vec::new(),
    }
}

/// A shop with much amiss.
fn troubled() -> Found {
    let shop = shop(
        ("False", "WorkersNotReady", "items: 0 of 2 ready"),
        ("True", "RolloutFailed", "actions: FailedCreate: exceeded quota"),
    );
    let quota = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}]);
    let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}});
    let backlog = json!({"type": "External", "external": {"metric": {"name": "pawnshop_backlog"}, "target": {"type": "AverageValue", "averageValue": "500"}}});
    let stuck = json!([{"type": "ScalingActive", "status": "False", "reason": "FailedGetExternalMetric", "message": "no metrics returned"}]);
    let objects = vec![
        deployment("downtown-dispatcher", 2, 2, json!([])),
        deployment("downtown-items", 2, 0, json!([])),
        deployment("downtown-actions", 2, 1, quota),
        object(
            Kind::HorizontalPodAutoscaler,
            "downtown-dispatcher",
            json!({"minReplicas": 2, "maxReplicas": 4, "metrics": [cpu]}),
            json!({"currentReplicas": 2, "currentMetrics": [
                {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 35, "averageValue": "7m"}}},
            ]}),
        ),
        object(
            Kind::HorizontalPodAutoscaler,
            "downtown-actions",
            json!({"minReplicas": 1, "maxReplicas": 20, "metrics": [backlog]}),
            json!({"currentReplicas": 2, "conditions": stuck}),
        ),
        object(
            Kind::PodDisruptionBudget,
            "downtown-items",
            json!({"maxUnavailable": 1}),
            json!({"disruptionsAllowed": 0, "currentHealthy": 0}),
        ),
        object(
            Kind::Service,
            "downtown-dispatcher",
            json!({"type": "LoadBalancer", "clusterIP": "10.0.0.7", "ports": [{"port": 80}]}),
            json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}),
        ),
        object(
            Kind::Service,
            "downtown-fleet",
            json!({"type": "ClusterIP", "clusterIP": "None", "ports": [{"port": 7070}]}),
            json!({}),
        ),
        object(
            Kind::Ingress,
            "downtown-dispatcher",
            json!({"rules": [{"host": "shop.example.com"}]}),
            json!({"loadBalancer": {}}),
        ),
        object(Kind::NetworkPolicy, "downtown-dispatcher", json!({}), json!({})),
        object(Kind::NetworkPolicy, "downtown-worker", json!({}), json!({})),
        object(Kind::ServiceAccount, "downtown-worker", json!({}), json!({})),
    ];
    let died = json!({"terminated": {"exitCode": 2, "reason": "Error", "message": "cannot start:\n  store-uri: is not a MongoDB URI\n"}});
    let unscheduled = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."},
    ]});
    let on = json!({"nodeName": "node", "containers": []});
    let nowhere = json!({"containers": []});
    let pods = vec![
        pod("downtown-dispatcher-5c9-aaaaa", None, on.clone(), ready()),
        pod("downtown-items-7d8-bbbbb", Some("items"), on.clone(), waiting("CrashLoopBackOff", died)),
        pod("downtown-items-7d8-ccccc", Some("items"), nowhere, unscheduled),
        pod("downtown-actions-66f-ddddd", Some("actions"), on, ready()),
    ];
    found(shop, objects, pods)
}

fn plain(found: &Found, detail: Detail, width: Option<usize>) -> String {
    let shown = show(&Tree::of(found), detail, width, now());
    anstream::adapter::strip_str(&shown).to_string()
}

#[test]
fn a_shop_in_trouble_is_told_with_the_pods_that_are_not_ready_and_why() {
    insta::assert_snapshot!(plain(&troubled(), Detail::PodsInTrouble, None));
}

#[test]
fn on_a_terminal_no_line_is_longer_than_it_is_wide() {
    let told = plain(&troubled(), Detail::EveryPod, Some(80));
    insta::assert_snapshot!(told);
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
}

#[test]
fn programs_get_the_same_as_json() {
    insta::assert_json_snapshot!(Tree::of(&troubled()));
}

#[test]
fn a_shop_that_serves_is_told_in_a_few_lines() {
    let shop =
        shop(("True", "Serving", "it serves"), ("False", "AsExpected", "nothing is known to be wrong"));
    let objects = ["dispatcher", "items", "actions"]
        .map(|name| deployment(&format!("downtown-{name}"), 1, 1, json!([])));
    insta::assert_snapshot!(plain(&found(shop, objects.into(), Vec::new()), Detail::PodsInTrouble, None));
}

#[test]
fn what_may_not_be_read_is_said_and_the_rest_is_shown() {
    let mut found = troubled();
    found.unread.push("you may not list pods".to_owned());
    assert!(plain(&found, Detail::PodsInTrouble, None).contains("\nnot shown: you may not list pods\n"));
}

/// The verdict where the resource is changed like this.
fn verdict(change: impl FnOnce(&mut Value)) -> (bool, String) {
    let mut shop =
        shop(("True", "Serving", "it serves"), ("False", "AsExpected", "nothing is known to be wrong"));
    change(&mut shop);
    let verdict = Summary::of(&serde_json::from_value(shop).unwrap()).verdict;
    (verdict.ready, format!("{verdict:?}"))
}

#[test]
fn a_shop_is_ready_only_by_a_word_of_the_operator_about_what_it_says_now() {
    assert!(verdict(|_| {}).0);
    for (reason, change) in [
        (
            "NotSeen\"",
            (|shop| {
                shop.as_object_mut().unwrap().remove("status");
            }) as fn(&mut Value),
        ),
        ("NotSeenSinceChange", |shop| shop["metadata"]["generation"] = 3.into()),
        ("Deleting", |shop| shop["metadata"]["deletionTimestamp"] = BEGIN.into()),
        ("Unknown", |shop| shop["status"]["conditions"] = json!([])),
    ] {
        let (ready, told) = verdict(change);
        assert!(!ready && told.contains(reason), "{told}");
    }
}

#[test]
fn shops_are_listed_under_headings() {
    let good =
        shop(("True", "Serving", "it serves"), ("True", "Contested", "somebody undoes what is written"));
    let shops = [good, serde_json::to_value(&troubled().shop).unwrap()];
    let summaries = shops.map(|shop| Summary::of(&serde_json::from_value(shop).unwrap()));
    insta::assert_snapshot!(format!(
        "{}\n\n{}",
        table(&summaries, false, false, now()),
        table(&summaries, true, true, now())
    ));
}
