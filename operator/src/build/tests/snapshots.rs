use super::shops::{FULL, LONGEST, MINIMAL, defaults, regime, shop};
use super::{EVERYTHING, built, children, object};
use crate::build::{Child, Unserved};
use crate::capabilities::Capabilities;
use crate::dereference::Dereferenced;
use crate::render::{Rendered, document, render};
use crate::validate::validate;

/// Without owners, which are the same everywhere and have a test of their own.
fn documents(children: &[Child]) -> String {
    children.iter().map(|child| format!("---\n{}", document(child).unwrap())).collect()
}

#[test]
fn a_minimal_shop_in_a_plain_cluster() {
    let validated = validate(&shop(MINIMAL)).unwrap();
    let references = Dereferenced::assumed(&validated.broker, "0123456789abcdef");
    let children =
        children(&validated, &references, &Capabilities::default(), &defaults(), &regime()).unwrap();
    insta::assert_snapshot!(documents(&children));
}

#[test]
fn a_shop_with_everything_in_a_cluster_that_has_everything() {
    insta::assert_snapshot!(documents(&built(&shop(FULL))));
}

#[test]
fn a_shop_on_a_rabbitmq_cluster_takes_its_uri_from_the_default_user() {
    let children = built(&shop(LONGEST));
    let workers = object(&children, "Deployment", "a23456789012345678901234567890-b2345678901234567890");
    insta::assert_snapshot!(serde_yaml::to_string(&super::container(workers)["env"]).unwrap());
}

#[test]
fn what_is_rendered_has_no_owner_and_tells_the_replicas() {
    let text = render(&shop(FULL), &EVERYTHING, &defaults()).unwrap().yaml().unwrap();
    assert!(!text.contains("ownerReferences"), "{text}");
    assert!(text.contains("# replicas: 3, written through the scale subresource"), "{text}");
    assert!(text.contains("# replicas to begin with: 2,"), "{text}");
    assert_eq!(text.matches("---\n").count(), built(&shop(FULL)).len());
}

#[test]
fn what_is_rendered_is_read_back_as_it_was_by_yaml_1_1_too() {
    let children = built(&shop(FULL));
    for child in &children {
        let mut object = child.object.clone();
        object["metadata"].as_object_mut().unwrap().remove("ownerReferences");
        let text = document(child).unwrap();
        assert_eq!(serde_yaml::from_str::<serde_json::Value>(&text).unwrap(), object, "{text}");
    }
    let dispatcher = children.iter().find(|child| child.resource.kind == "Deployment").unwrap();
    let text = document(dispatcher).unwrap();
    assert!(text.contains("example.com/audit: \"on\"") || text.contains("example.com/audit: 'on'"), "{text}");
}

#[test]
fn a_shop_that_cannot_run_is_not_rendered_and_every_fault_is_told() {
    let mut shop = shop(MINIMAL);
    shop.spec.broker = None;
    shop.spec.store = None;
    let told = render(&shop, &Capabilities::default(), &defaults()).unwrap_err().to_string();
    assert!(
        told.contains("spec.broker: is required") && told.contains("\nspec.store: is required"),
        "{told}"
    );
}

#[test]
fn what_the_cluster_lacks_is_not_rendered_but_told_and_json_is_one_list_of_the_same() {
    let with_all = render(&shop(FULL), &EVERYTHING, &defaults()).unwrap();
    let plain = render(&shop(FULL), &Capabilities::default(), &defaults()).unwrap();
    let kinds = |rendered: &Rendered| {
        let list = rendered.json();
        let items = list["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(with_all.unserved.is_empty());
    assert_eq!(kinds(&with_all).len(), with_all.yaml().unwrap().matches("---\n").count());
    assert!(kinds(&with_all).contains(&"HTTPRoute".to_owned()));
    assert!(!kinds(&plain).contains(&"HTTPRoute".to_owned()));
    assert!(plain.unserved.contains(&Unserved::HttpRoute));
}
