//! What a shop's objects and pods are labelled with, and how they are selected.
//!
//! A Deployment's selector cannot be changed, and a Service's or a policy's must match pods of before and after an
//! upgrade: selectors hold nothing that an image or a version could change.

use crate::validate::Validated;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

/// By which all objects of all shops are found.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "pawnshop-operator");

/// The shop's name, on every object and pod of it.
pub const SHOP: &str = "pawnshop.dev/shop";

/// The pool's name, on everything that is a pool's own.
pub const POOL: &str = "pawnshop.dev/pool";

/// On pods: changes when a Secret does that they read at their start.
pub const SECRETS_HASH: &str = "pawnshop.dev/secrets-hash";

pub(crate) const COMPONENT: &str = "app.kubernetes.io/component";
const NAME: (&str, &str) = ("app.kubernetes.io/name", "pawnshop");
const PART_OF: (&str, &str) = ("app.kubernetes.io/part-of", "pawnshop");
const INSTANCE: &str = "app.kubernetes.io/instance";
const VERSION: &str = "app.kubernetes.io/version";

/// What all our keys of our own begin with.
const PREFIX: &str = "pawnshop.dev/";

/// What runs as a Deployment of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component<'a> {
    /// The HTTP edge.
    Dispatcher,
    /// The workers of a pool.
    Worker {
        /// Its name.
        pool: &'a str,
    },
}

impl<'a> Component<'a> {
    /// Those of this shop.
    pub fn of(shop: &'a Validated) -> impl Iterator<Item = Self> {
        let pools = shop.pools.iter().map(|pool| Self::Worker { pool: &pool.pool.name });
        std::iter::once(Self::Dispatcher).chain(pools)
    }

    /// Its name, as that of the container and in the label `app.kubernetes.io/component`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispatcher => "dispatcher",
            Self::Worker { .. } => "worker",
        }
    }

    /// What its pods are selected by.
    pub fn selector(self, shop: &str) -> BTreeMap<String, String> {
        let mut labels = map([(SHOP, shop), (COMPONENT, self.name())]);
        if let Self::Worker { pool } = self {
            labels.insert(POOL.to_owned(), pool.to_owned());
        }
        labels
    }

    /// The same as text, as the API takes it in a query.
    pub fn selector_text(self, shop: &str) -> String {
        let selector = self.selector(shop);
        let parts = selector.iter().map(|(key, value)| format!("{key}={value}"));
        parts.collect::<Vec<_>>().join(",")
    }
}

/// Of an object that belongs to the whole shop.
pub(super) fn of_shop(shop: &Validated) -> BTreeMap<String, String> {
    let name = shop.shop.name();
    map([NAME, PART_OF, MANAGED_BY, (INSTANCE, name), (SHOP, name)])
}

/// Of an object that belongs to a component. `component`: its name.
pub(super) fn of_component(shop: &Validated, component: &str) -> BTreeMap<String, String> {
    let mut labels = of_shop(shop);
    labels.insert(COMPONENT.to_owned(), component.to_owned());
    labels
}

/// Of a Deployment and its pods, with the version that they run, where it can be told.
pub(super) fn of_pods(
    shop: &Validated,
    component: Component<'_>,
    version: Option<&str>,
) -> BTreeMap<String, String> {
    let mut labels = of_component(shop, component.name());
    labels.extend(component.selector(shop.shop.name()));
    labels.extend(version.map(|version| (VERSION.to_owned(), version.to_owned())));
    labels
}

/// What finds the pods of a component.
pub(super) fn pods_of(shop: &Validated, component: Component<'_>) -> LabelSelector {
    matching(component.selector(shop.shop.name()))
}

/// What finds all dispatchers, or the workers of all pools.
pub(super) fn all_of(shop: &Validated, component: &str) -> BTreeMap<String, String> {
    map([(SHOP, shop.shop.name()), (COMPONENT, component)])
}

pub(super) fn matching(labels: BTreeMap<String, String>) -> LabelSelector {
    LabelSelector { match_labels: Some(labels), ..LabelSelector::default() }
}

/// Whether a label or annotation is one that the operator sets on pods.
pub(crate) fn is_ours(key: &str) -> bool {
    let fixed = [NAME.0, PART_OF.0, MANAGED_BY.0, INSTANCE, COMPONENT, VERSION];
    key.starts_with(PREFIX) || fixed.contains(&key)
}

pub(super) fn map<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
