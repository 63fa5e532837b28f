//! What must hold of the objects of any shop.

use super::shops::{FULL, MINIMAL, defaults, regime, shop, shops};
use super::{EVERYTHING, built, built_with, children, deployments, object};
use crate::build::{Unserved, unserved};
use crate::capabilities::Capabilities;
use crate::defaults::RoleName;
use crate::dereference::Dereferenced;
use crate::kind::Kind;
use crate::validate::validate;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn no_object_holds_replicas_and_every_deployment_is_told_how_many_to_begin_with() {
    for shop in shops() {
        for child in built(&shop) {
            assert!(child.object["spec"].get("replicas").is_none(), "{}", child.object);
            assert_eq!(child.initial_replicas.is_some(), child.resource.kind == "Deployment");
        }
    }
}

#[test]
fn fixed_numbers_are_kept_and_others_only_begun_with_by_one_at_least() {
    let replicas = |name: &str| {
        let children = built(&shop(FULL));
        let is_it = |child: &&super::Child| {
            child.resource.kind == "Deployment" && child.object["metadata"]["name"] == name
        };
        let child = children.iter().find(is_it).unwrap();
        (child.initial_replicas.unwrap(), child.replicas_are_fixed)
    };
    assert_eq!(replicas("uptown-dispatcher"), (2, false));
    assert_eq!(
        replicas("uptown-items"),
        (1, false),
        "a pool that may sleep is awake until its backlog is known"
    );
    assert_eq!(replicas("uptown-actions"), (3, true));
}

#[test]
fn names_are_labels_and_each_kind_has_a_name_once() {
    for shop in shops() {
        let mut names = BTreeSet::new();
        for child in built(&shop) {
            let name = child.object["metadata"]["name"].as_str().unwrap().to_owned();
            assert!(name.len() <= 63, "{name}");
            assert!(names.insert((child.resource.kind.clone(), name.clone())), "{name} twice");
        }
    }
}

#[test]
fn every_object_is_of_a_kind_that_is_watched_and_belongs_to_the_shop() {
    for shop in shops() {
        for child in built(&shop) {
            assert!(Kind::of(&child.resource).is_some(), "{}", child.resource.kind);
            let metadata = &child.object["metadata"];
            assert_eq!(child.object["kind"], child.resource.kind);
            assert_eq!(child.object["apiVersion"], child.resource.api_version);
            assert_eq!(metadata["namespace"], "shops");
            assert_eq!(metadata["labels"]["app.kubernetes.io/managed-by"], "pawnshop-operator");
            assert_eq!(
                metadata["labels"]["pawnshop.dev/shop"],
                metadata["labels"]["app.kubernetes.io/instance"]
            );
            assert_eq!(
                metadata["ownerReferences"],
                json!([{
                    "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop",
                    "name": shop.metadata.name, "uid": shop.metadata.uid,
                    "controller": true, "blockOwnerDeletion": true,
                }])
            );
        }
    }
}

#[test]
fn the_same_shop_gives_the_same_objects_whatever_the_order_of_its_flows() {
    let mut turned = shop(FULL);
    for pool in &mut turned.spec.pools {
        pool.flows.reverse();
    }
    let texts = |shop: &_| built(shop).iter().map(|child| child.object.to_string()).collect::<Vec<_>>();
    assert_eq!(texts(&shop(FULL)), texts(&turned));
}

#[test]
fn a_secret_that_changes_starts_pods_anew_and_changes_nothing_else() {
    let (before, after) = (built_with(&shop(FULL), "before"), built_with(&shop(FULL), "after"));
    let hash = |deployment: &serde_json::Value| {
        deployment["spec"]["template"]["metadata"]["annotations"]["pawnshop.dev/secrets-hash"].clone()
    };
    assert!(deployments(&before).all(|deployment| hash(deployment) == "before"));
    assert!(deployments(&after).all(|deployment| hash(deployment) == "after"));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.object.to_string(), after.object.to_string().replace("\"after\"", "\"before\""));
    }
}

#[test]
fn kinds_of_others_are_made_only_where_the_cluster_has_them_and_their_absence_is_told() {
    let of_others = |cluster: &Capabilities| {
        let validated = validate(&shop(FULL)).unwrap();
        let references = Dereferenced::assumed(&validated.broker, "hash");
        let children = children(&validated, &references, cluster, &defaults(), &regime()).unwrap();
        let kinds = children.iter().map(|child| child.resource.kind.clone());
        let of_others = kinds.filter(|kind| kind == "ServiceMonitor" || kind == "HTTPRoute").count();
        (of_others, unserved(&validated, cluster))
    };
    assert_eq!(of_others(&EVERYTHING), (2, Vec::new()));
    assert_eq!(of_others(&Capabilities::default()), (0, vec![Unserved::ServiceMonitor, Unserved::HttpRoute]));
    let plain = validate(&shop(MINIMAL)).unwrap();
    assert_eq!(unserved(&plain, &Capabilities::default()), Vec::new(), "nothing was asked for outright");
}

#[test]
fn dispatchers_alone_have_a_token_and_it_is_bound_to_the_charts_role() {
    let children = built(&shop(MINIMAL));
    let token = |name: &str| {
        object(&children, "Deployment", name)["spec"]["template"]["spec"]["automountServiceAccountToken"]
            .clone()
    };
    assert_eq!((token("downtown-dispatcher"), token("downtown-default")), (json!(true), json!(false)));
    let binding = object(&children, "RoleBinding", "downtown-dispatcher");
    assert_eq!(binding["roleRef"]["kind"], "ClusterRole");
    assert_eq!(binding["roleRef"]["name"], "pawnshop-dispatcher");
    assert_eq!(
        binding["subjects"],
        json!([{"kind": "ServiceAccount", "name": "downtown-dispatcher", "namespace": "shops"}])
    );
    assert_eq!(RoleName::Role("x".to_owned()).kind(), "Role");
}

#[test]
fn turned_off_there_are_no_network_policies() {
    let mut open = shop(FULL);
    open.spec.network_policy.as_mut().unwrap().enabled = false;
    assert!(built(&open).iter().all(|child| child.resource.kind != "NetworkPolicy"));
}
