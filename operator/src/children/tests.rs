use super::*;
use serde_json::{Value, json};

fn sighting(name: &str, shop: Option<&str>, generation: i64) -> Sighting {
    let owners: Vec<Value> = shop
        .iter()
        .map(|shop| {
            json!({"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "name": shop, "uid": format!("uid-{shop}"), "controller": true})
        })
        .collect();
    let metadata =
        json!({"name": name, "namespace": "shops", "generation": generation, "ownerReferences": owners});
    Sighting { metadata: serde_json::from_value(metadata).unwrap(), rollout: None }
}

fn shop(name: &str) -> Owner {
    Owner { name: name.to_owned(), uid: format!("uid-{name}") }
}

fn keys(shops: BTreeSet<ShopKey>) -> Vec<String> {
    shops.into_iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect()
}

fn note(children: &Children, event: Event<Sighting>) -> Vec<String> {
    keys(children.note(Kind::Service, event))
}

#[test]
fn a_change_concerns_the_owner_and_the_one_before_and_telling_it_again_nobody() {
    let children = Children::default();
    assert_eq!(note(&children, Event::Apply(sighting("a-dispatcher", Some("a"), 1))), ["shops/a"]);
    assert!(note(&children, Event::Apply(sighting("a-dispatcher", Some("a"), 1))).is_empty());
    assert_eq!(note(&children, Event::Apply(sighting("a-dispatcher", Some("b"), 2))), ["shops/a", "shops/b"]);
    assert_eq!(note(&children, Event::Delete(sighting("a-dispatcher", None, 2))), ["shops/b"]);
    assert!(children.get(Kind::Service, "shops", "a-dispatcher").is_none());
}

#[test]
fn the_owner_of_a_shops_objects_is_kept_once() {
    let children = Children::default();
    for (name, of) in [("a-dispatcher", "a"), ("a-fleet", "a"), ("a-b-fleet", "a-b")] {
        children.note(Kind::Service, Event::Apply(sighting(name, Some(of), 1)));
    }
    let owner = |name: &str| children.get(Kind::Service, "shops", name).unwrap().owner.unwrap();
    assert!(Arc::ptr_eq(&owner("a-dispatcher"), &owner("a-fleet")));
    assert_eq!((*owner("a-fleet")).clone(), shop("a"));
    assert_eq!((*owner("a-b-fleet")).clone(), shop("a-b"));
}

#[test]
fn what_a_new_list_lacks_went_unseen_and_concerns_its_owner() {
    let children = Children::default();
    note(&children, Event::Init);
    note(&children, Event::InitApply(sighting("a-dispatcher", Some("a"), 1)));
    note(&children, Event::InitApply(sighting("b-dispatcher", Some("b"), 1)));
    assert!(note(&children, Event::InitDone).is_empty());
    children.note(Kind::Deployment, Event::Apply(sighting("b-items", Some("b"), 1)));

    note(&children, Event::Init);
    assert!(note(&children, Event::InitApply(sighting("a-dispatcher", Some("a"), 1))).is_empty());
    assert_eq!(note(&children, Event::InitDone), ["shops/b"]);
    assert!(children.get(Kind::Service, "shops", "b-dispatcher").is_none());
    assert!(children.get(Kind::Deployment, "shops", "b-items").is_some(), "of another kind");
}

#[test]
fn a_shop_s_objects_are_those_that_it_controls_whatever_other_names_look_like() {
    let children = Children::default();
    for (name, of) in [
        ("town", Some("town")),
        ("town-dispatcher", Some("town")),
        ("town-hall-dispatcher", Some("town-hall")),
        ("town-foreign", None),
        ("tow", Some("tow")),
        ("townsend-fleet", Some("townsend")),
    ] {
        children.note(Kind::Service, Event::Apply(sighting(name, of, 1)));
    }
    let its = children.of_shop("shops", &shop("town"));
    assert_eq!(its, [(Kind::Service, "town".to_owned()), (Kind::Service, "town-dispatcher".to_owned())]);
    let another = Owner { name: "town".to_owned(), uid: "an earlier one".to_owned() };
    assert!(children.of_shop("shops", &another).is_empty());
}

#[test]
fn an_owner_of_another_kind_is_none() {
    let mut seen = sighting("a", Some("a"), 1);
    seen.metadata
        .owner_references
        .iter_mut()
        .flatten()
        .for_each(|owner| owner.kind = "StatefulSet".to_owned());
    assert_eq!(owner(&seen.metadata), None);
}

fn rollout(deployment: Value) -> Rollout {
    Rollout::of(&serde_json::from_value(deployment).unwrap())
}

#[test]
fn a_rollout_is_complete_once_all_pods_are_new_and_ready_and_none_is_left() {
    let deployment = |ready: u32, replicas: u32, observed: u32| {
        rollout(json!({
            "metadata": {"generation": 2}, "spec": {"replicas": 3, "template": {}},
            "status": {"observedGeneration": observed, "replicas": replicas, "updatedReplicas": 3, "readyReplicas": ready},
        }))
    };
    assert!(deployment(3, 3, 2).is_complete());
    assert!(!deployment(2, 3, 2).is_complete());
    assert!(!deployment(3, 4, 2).is_complete());
    assert!(!deployment(3, 3, 1).is_complete(), "the figures are of before");
    assert!(!rollout(json!({"metadata": {"generation": 1}, "spec": {}})).is_complete());
}

#[test]
fn a_rollout_that_failed_tells_why() {
    let failed = |condition: Value| {
        rollout(json!({"metadata": {}, "spec": {}, "status": {"conditions": [condition]}})).failure
    };
    let quota = json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"});
    assert_eq!(failed(quota).as_deref(), Some("FailedCreate: exceeded quota"));
    let late = json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "late"});
    assert_eq!(failed(late).as_deref(), Some("ProgressDeadlineExceeded: late"));
    assert_eq!(failed(json!({"type": "Progressing", "status": "True"})), None);
}
