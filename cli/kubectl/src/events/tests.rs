use super::{Names, Row, table};
use k8s_openapi::api::core::v1::{Event, ObjectReference};
use k8s_openapi::jiff::Timestamp;
use pawnshop_resource::PawnShop;
use serde_json::json;

fn names() -> Names {
    let shop: PawnShop = serde_json::from_value(json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": "down"},
        "spec": {"pools": [{"name": "items", "flows": ["item"]}]},
    }))
    .unwrap();
    Names::of(&shop)
}

#[test]
fn events_of_a_shop_are_those_of_its_objects_and_not_those_of_a_shop_whose_name_begins_so() {
    for (kind, name, concerns) in [
        ("PawnShop", "down", true),
        ("PawnShop", "down-items", false),
        ("Deployment", "down-items", true),
        ("Deployment", "down-items-dispatcher", false),
        ("HorizontalPodAutoscaler", "down-dispatcher", true),
        ("ReplicaSet", "down-items-7d8f9", true),
        ("ReplicaSet", "down-items-dispatcher-7d8f9", false),
        ("Pod", "down-items-7d8f9-x2x4z", true),
        ("Pod", "down-items-dispatcher-7d8f9-x2x4z", false),
        ("Pod", "down", false),
        ("Pod", "another", false),
    ] {
        let object = ObjectReference {
            kind: Some(kind.to_owned()),
            name: Some(name.to_owned()),
            ..ObjectReference::default()
        };
        assert_eq!(names().concern(&object), concerns, "{kind} {name}");
    }
}

#[test]
fn events_of_both_apis_are_told_alike() {
    let events = json!([
        {
            "metadata": {}, "involvedObject": {"kind": "Pod", "name": "down-items-7d8f9-x2x4z"},
            "type": "Warning", "reason": "BackOff", "message": "Back-off restarting\nfailed container",
            "count": 3, "firstTimestamp": "2026-11-20T10:00:00Z", "lastTimestamp": "2026-11-20T10:03:00Z",
        },
        {
            "metadata": {}, "involvedObject": {"kind": "PawnShop", "name": "down"},
            "type": "Normal", "reason": "Repaired", "message": "Service down-fleet: /spec/ports",
            "eventTime": "2026-11-20T10:01:00.000000Z",
            "series": {"count": 2, "lastObservedTime": "2026-11-20T10:04:30.000000Z"},
        },
    ]);
    let events: Vec<Event> = serde_json::from_value(events).unwrap();
    let rows: Vec<_> = events.iter().map(Row::of).collect();
    let now: Timestamp = "2026-11-20T10:05:00Z".parse().unwrap();
    let lines: Vec<_> = rows.iter().map(|row| row.line(now)).collect();
    insta::assert_snapshot!(format!("{}\n\n{}", table(&rows, now), lines.join("\n")));
}
