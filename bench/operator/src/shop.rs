//! The shops that are measured: what a shop of two pools says, and which objects that makes.

use anyhow::{Result, anyhow};
use pawnshop_operator::build::{self, Child};
use pawnshop_operator::capabilities::Capabilities;
use pawnshop_operator::defaults::{Defaults, RoleName};
use pawnshop_operator::dereference::Dereferenced;
use pawnshop_operator::kind::Kind;
use pawnshop_operator::scaling::backend::Backend;
use pawnshop_operator::scaling::regime::{Paused, Regime};
use pawnshop_operator::validate::validate;
use pawnshop_resource::PawnShop;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many shops share a namespace.
const IN_A_NAMESPACE: usize = 50;

/// The name of a shop among all.
pub(crate) fn name(number: usize) -> String {
    format!("shop-{number}")
}

/// The namespace that it is in.
pub(crate) fn namespace(number: usize) -> String {
    format!("shops-{}", number / IN_A_NAMESPACE)
}

/// The namespaces of so many shops.
pub(crate) fn namespaces(shops: usize) -> Vec<String> {
    (0..shops.div_ceil(IN_A_NAMESPACE)).map(|number| namespace(number * IN_A_NAMESPACE)).collect()
}

/// A shop of two dispatchers and two pools, as the README shows it, with Secrets of its own.
pub(crate) fn resource(number: usize) -> Value {
    let key =
        |secret: &str, key: &str| json!({"secretKeyRef": {"name": format!("{secret}-{number}"), "key": key}});
    json!({
        "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop",
        "metadata": {"name": name(number), "namespace": namespace(number)},
        "spec": {
            "broker": {"uri": key("rabbit", "uri"), "managementUri": key("rabbit", "managementUri")},
            "store": {"uri": key("mongo", "uri")},
            "dispatcher": {"replicas": 2},
            "pools": [
                {"name": "items", "flows": ["item"], "autoscaling": {"min": 1, "max": 10}},
                {"name": "actions", "flows": ["buy-actions", "sell-actions", "pawn-actions"], "autoscaling": {"min": 0, "max": 20}},
            ],
        },
    })
}

/// The Secrets that a shop names.
pub(crate) fn secrets(number: usize, broker: &str, management: &str) -> [Value; 2] {
    let secret = |name: &str, data: Value| {
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": format!("{name}-{number}"), "namespace": namespace(number)}, "stringData": data,
        })
    };
    [
        secret("rabbit", json!({"uri": broker, "managementUri": management})),
        secret("mongo", json!({"uri": "mongodb://mongo.invalid"})),
    ]
}

/// The objects that the operator makes of a shop, by its own builders.
pub(crate) fn children(number: usize) -> Result<Vec<Child>> {
    let mut resource = resource(number);
    resource["metadata"]["uid"] = json!(format!("00000000-0000-4000-8000-{number:012}"));
    let shop: PawnShop = serde_json::from_value(resource)?;
    let validated = validate(&shop).map_err(|faults| anyhow!("the shop is no good: {faults:?}"))?;
    let references = Dereferenced::assumed(&validated.broker, "0123456789abcdef");
    let defaults = Defaults {
        image: "docker.io/pawnshop/pawnshop:bench".to_owned(),
        dispatcher_role: RoleName::ClusterRole("pawnshop-dispatcher".to_owned()),
        operator_namespace: crate::world::OPERATOR.to_owned(),
        scaler_address: None,
    };
    let regime = Regime { backend: Some(Backend::Builtin), paused: Paused::None, at: Default::default() };
    Ok(build::children(&validated, &references, &Capabilities::default(), &defaults, &regime)?)
}

/// How many objects of each kind a shop has.
pub(crate) fn kinds() -> Result<BTreeMap<Kind, usize>> {
    let mut kinds = BTreeMap::new();
    for child in children(0)? {
        let kind = Kind::of(&child.resource).ok_or_else(|| anyhow!("a kind that nobody knows"))?;
        *kinds.entry(kind).or_default() += 1;
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shop_is_in_one_of_the_namespaces() {
        for shops in [1, 50, 51, 1000] {
            let namespaces = namespaces(shops);
            assert!((0..shops).all(|number| namespaces.contains(&namespace(number))), "{shops}");
        }
    }

    #[test]
    fn a_shop_has_a_deployment_for_its_dispatchers_and_one_for_each_pool() {
        let kinds = kinds().unwrap();
        assert_eq!(kinds[&Kind::Deployment], 3);
        assert!(kinds.values().sum::<usize>() >= 12, "{kinds:?}");
    }
}
