use super::find::Found;
use super::objects::{says, workload};
use super::pods::{PodLine, of_component};
use super::verdict::{Verdict, verdict};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use pawnshop_operator::kind::Kind;
use pawnshop_operator::scaling::regime::Paused;
use pawnshop_resource::{PawnShop, PawnShopStatus, PoolScaling, ScaleChange};
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of the dispatchers among the fleets.
pub(super) const DISPATCHER: &str = "dispatcher";

/// A shop with all that belongs to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tree {
    pub(super) namespace: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Timestamp>,
    pub(super) fleets: Vec<Fleet>,
    /// Objects of the whole shop.
    pub(super) objects: Vec<Line>,
    /// How many there are of kinds of which there is nothing to say.
    pub(super) others: BTreeMap<String, usize>,
    pub(super) conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<String>,
    pub(crate) verdict: Verdict,
}

/// The dispatchers, or a pool.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fleet {
    pub(super) name: String,
    /// Its Deployment; `None`: it is not there.
    pub(super) workload: Option<Workload>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) flows: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backlog: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backlog_unknown: Option<String>,
    /// `None`: nobody has told yet, or it is no pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scaling: Option<Scaled>,
    pub(super) objects: Vec<Line>,
    pub(super) pods: Vec<PodLine>,
}

/// How a pool is scaled, in short.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scaled {
    pub(super) backend: String,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) paused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_change: Option<ScaleChange>,
}

/// How many pods of a Deployment there are.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) wanted: i64,
    pub(super) ready: i64,
    pub(super) updated: i64,
    /// Why pods cannot be made, or the rollout does not get on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) failures: Vec<String>,
}

/// An object, in a line.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) says: String,
}

impl Tree {
    /// The tree of what was found.
    pub(crate) fn of(found: &Found) -> Self {
        let shop = &found.shop;
        let (namespace, name) = (shop.namespace().unwrap_or_default(), shop.name_any());
        let status = shop.status.clone().unwrap_or_default();
        let fleets: Vec<_> =
            fleet_names(shop, &status).into_iter().map(|fleet| fleet_of(found, &status, fleet)).collect();
        let (mut objects, mut others) = (Vec::new(), BTreeMap::new());
        for (kind, object) in &found.objects {
            if *kind == Kind::Deployment || fleets.iter().any(|fleet| has(fleet, *kind, &object.name_any())) {
                continue;
            }
            match says(*kind, object) {
                Some(says) => objects.push(Line { kind: kind.name(), name: object.name_any(), says }),
                None => *others.entry(kind.name().to_owned()).or_default() += 1,
            }
        }
        let verdict = verdict(shop, &fleets);
        Self {
            namespace,
            name,
            created: shop.metadata.creation_timestamp.as_ref().map(|time| time.0),
            fleets,
            objects,
            others,
            conditions: status.conditions,
            unread: found.unread.clone(),
            verdict,
        }
    }
}

/// The dispatchers, and the pools as the resource lists them; where it lists none, as the operator found them.
fn fleet_names(shop: &PawnShop, status: &PawnShopStatus) -> Vec<String> {
    let listed = shop.spec.pools.iter().map(|pool| pool.name.clone());
    let known = status.pools.iter().map(|pool| pool.name.clone());
    let mut names = vec![DISPATCHER.to_owned()];
    for name in listed.chain(known) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn fleet_of(found: &Found, status: &PawnShopStatus, name: String) -> Fleet {
    let full = format!("{}-{name}", found.shop.name_any());
    let its = || found.objects.iter().filter(|(_, object)| object.name_any() == full);
    let deployment = its().find(|(kind, _)| *kind == Kind::Deployment);
    let lines = its().filter(|(kind, _)| *kind != Kind::Deployment).filter_map(|(kind, object)| {
        Some(Line { kind: kind.name(), name: object.name_any(), says: says(*kind, object)? })
    });
    let pool = status.pools.iter().find(|pool| pool.name == name);
    let listed = found.shop.spec.pools.iter().find(|pool| pool.name == name);
    let flows = match (listed, pool) {
        (Some(listed), _) => listed.flows.clone(),
        (None, Some(pool)) => pool.flows.clone(),
        (None, None) => Vec::new(),
    };
    Fleet {
        workload: deployment.map(|(_, object)| workload(object)),
        flows,
        backlog: pool.and_then(|pool| pool.backlog),
        backlog_unknown: pool.and_then(|pool| pool.backlog_unknown.clone()),
        scaling: pool.and_then(|pool| Some(scaled(pool.scaling.as_ref()?, &found.shop, &name))),
        objects: lines.collect(),
        pods: of_component(&found.pods, &name),
        name,
    }
}

fn scaled(told: &PoolScaling, shop: &PawnShop, pool: &str) -> Scaled {
    Scaled {
        backend: told.backend.clone(),
        min: told.min,
        max: told.max,
        paused: Paused::of(shop).holds(pool),
        last_change: told.changes.first().cloned(),
    }
}

fn has(fleet: &Fleet, kind: Kind, name: &str) -> bool {
    fleet.objects.iter().any(|line| line.kind == kind.name() && line.name == name)
}
