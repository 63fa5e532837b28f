//! Who selects whom: across Deployments, Services, budgets and policies, and across versions.

use super::shops::{FULL, shop, shops};
use super::{built, deployments};
use crate::build::Child;
use crate::build::labels::Component;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The labels that this object selects pods by, if it does.
fn selector(object: &Value) -> Option<&Map<String, Value>> {
    let spec = &object["spec"];
    match object["kind"].as_str()? {
        "Service" => spec["selector"].as_object(),
        "Deployment" | "PodDisruptionBudget" => spec["selector"]["matchLabels"].as_object(),
        "NetworkPolicy" => spec["podSelector"]["matchLabels"].as_object(),
        _ => None,
    }
}

/// The Deployments whose pods this object selects.
fn selected<'a>(children: &'a [Child], object: &Value) -> BTreeSet<&'a str> {
    let selector = selector(object).unwrap();
    let matches = |deployment: &&Value| {
        let labels = &deployment["spec"]["template"]["metadata"]["labels"];
        selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    deployments(children).filter(matches).map(|one| one["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn every_object_selects_the_pods_that_it_is_for_and_no_others() {
    let children = built(&shop(FULL));
    let workers = ["uptown-items", "uptown-actions", "uptown-appraisals"];
    let all = ["uptown-dispatcher", "uptown-items", "uptown-actions", "uptown-appraisals"];
    let mut checked = 0;
    for object in children.iter().map(|child| &child.object).filter(|object| selector(object).is_some()) {
        let name = object["metadata"]["name"].as_str().unwrap();
        let expected: BTreeSet<&str> = match name {
            "uptown-fleet" | "uptown-worker" => workers.into(),
            "uptown-operations" => all.into(),
            own => [own].into(),
        };
        assert_eq!(selected(&children, object), expected, "{} {name}", object["kind"]);
        checked += 1;
    }
    assert_eq!(checked, 4 + 4 + 3 + 2, "Deployments, budgets, Services, policies");
}

#[test]
fn selectors_stay_when_the_image_and_the_version_change() {
    for before in shops() {
        let mut after = before.clone();
        after.spec.image = Some("elsewhere.example.com/pawnshop:9.9.9".to_owned());
        let selectors = |shop| {
            let children = built(shop);
            let selectors = children.iter().map(|child| selector(&child.object).cloned());
            selectors.collect::<Vec<_>>()
        };
        assert_eq!(selectors(&before), selectors(&after));
    }
}

#[test]
fn a_selector_in_a_query_finds_what_the_deployment_selects() {
    let children = built(&shop(FULL));
    let items = super::object(&children, "Deployment", "uptown-items");
    let text = Component::Worker { pool: "items" }.selector_text("uptown");
    assert_eq!(text, "app.kubernetes.io/component=worker,pawnshop.dev/pool=items,pawnshop.dev/shop=uptown");
    assert_eq!(text.split(',').count(), selector(items).unwrap().len());
}

#[test]
fn every_deployment_spreads_its_own_pods() {
    for shop in shops() {
        for deployment in deployments(&built(&shop)) {
            let spread =
                deployment["spec"]["template"]["spec"]["topologySpreadConstraints"].as_array().unwrap();
            assert_eq!(spread.len(), 2);
            for constraint in spread {
                assert_eq!(constraint["labelSelector"], deployment["spec"]["selector"]);
                assert_eq!(constraint["whenUnsatisfiable"], "ScheduleAnyway");
            }
        }
    }
}
