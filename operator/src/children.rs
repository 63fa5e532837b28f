//! What is known of all shops' objects without asking: who owns them and what they look like, in as few bytes as
//! change detection needs, and of Deployments how their pods are.

mod rollout;
#[cfg(test)]
mod tests;

pub use rollout::{DeploymentPart, Rollout};

use crate::apply::Fingerprint;
use crate::kind::Kind;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::watcher::Event;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

/// The shop that an object belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// The shop's name; its namespace is the object's.
    pub name: String,
    /// Which of all shops that ever had the name.
    pub uid: String,
}

/// What a watch told of an object.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// How its pods are, where it has some.
    pub rollout: Option<Rollout>,
}

/// An object as it was last seen.
#[derive(Clone, Debug)]
pub struct Child {
    /// The shop that controls it, if one does; kept once for most of its objects.
    pub owner: Option<Arc<Owner>>,
    /// What it looks like.
    pub fingerprint: Fingerprint,
    /// How its pods are, where it has some; most objects have none.
    pub rollout: Option<Box<Rollout>>,
    round: u32,
}

type Objects = BTreeMap<(String, Kind), Child>;

/// A shop by namespace and name.
pub type ShopKey = (String, String);

/// All objects that carry our label, as last seen.
#[derive(Default)]
pub struct Children(Mutex<State>);

/// By namespace, then by name, so that those of a shop, whose names begin with its own, stand together.
#[derive(Default)]
struct State {
    namespaces: HashMap<String, Objects>,
    /// How often each kind was listed anew.
    rounds: BTreeMap<Kind, u32>,
}

impl Children {
    /// Takes note of what a watch tells; the shops that it concerns.
    pub fn note(&self, kind: Kind, event: Event<Sighting>) -> BTreeSet<ShopKey> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Init => {
                *state.rounds.entry(kind).or_default() += 1;
                BTreeSet::new()
            }
            Event::InitApply(seen) | Event::Apply(seen) => state.put(kind, seen),
            Event::Delete(gone) => state.remove(kind, &gone.metadata),
            Event::InitDone => state.remove_unlisted(kind),
        }
    }

    /// Forgets all objects of a kind that the cluster no longer has.
    pub fn forget(&self, kind: Kind) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for objects in state.namespaces.values_mut() {
            objects.retain(|(_, of), _| *of != kind);
        }
    }

    /// An object as it was last seen.
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Child> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.namespaces.get(namespace)?.get(&(name.to_owned(), kind)).cloned()
    }

    /// The objects that this shop controls.
    pub fn of_shop(&self, namespace: &str, shop: &Owner) -> Vec<(Kind, String)> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(objects) = state.namespaces.get(namespace) else { return Vec::new() };
        let first = (shop.name.clone(), Kind::Deployment);
        let from_it = objects.range((Bound::Included(first), Bound::Unbounded));
        let named_so = from_it.take_while(|((name, _), _)| name.starts_with(&shop.name));
        let its = named_so.filter(|(_, child)| child.owner.as_deref() == Some(shop));
        its.map(|((name, kind), _)| (*kind, name.clone())).collect()
    }
}

impl State {
    fn put(&mut self, kind: Kind, seen: Sighting) -> BTreeSet<ShopKey> {
        let (namespace, key) = address(kind, &seen.metadata);
        let objects = self.namespaces.entry(namespace.clone()).or_default();
        let child = Child {
            owner: owner(&seen.metadata).map(|owner| shared(objects, owner)),
            fingerprint: Fingerprint::of(&seen.metadata),
            rollout: seen.rollout.map(Box::new),
            round: self.rounds.get(&kind).copied().unwrap_or_default(),
        };
        let now = child.owner.clone();
        let same =
            |before: &Child| before.fingerprint == child.fingerprint && before.rollout == child.rollout;
        let told_again = objects.get(&key).is_some_and(same);
        let before = objects.insert(key, child).and_then(|before| before.owner);
        // A list after a broken watch, or a status that is nothing to us: no shop has to be looked at.
        if told_again { BTreeSet::new() } else { concerned(&namespace, [now, before]) }
    }

    fn remove(&mut self, kind: Kind, metadata: &ObjectMeta) -> BTreeSet<ShopKey> {
        let (namespace, key) = address(kind, metadata);
        let Some(objects) = self.namespaces.get_mut(&namespace) else { return BTreeSet::new() };
        let gone = objects.remove(&key);
        if objects.is_empty() {
            self.namespaces.remove(&namespace);
        }
        concerned(&namespace, [gone.and_then(|gone| gone.owner), None])
    }

    /// What was not in the list went while nobody watched.
    fn remove_unlisted(&mut self, kind: Kind) -> BTreeSet<ShopKey> {
        let round = self.rounds.get(&kind).copied().unwrap_or_default();
        let mut shops = BTreeSet::new();
        for (namespace, objects) in &mut self.namespaces {
            objects.retain(|(_, of), child| {
                let stays = *of != kind || child.round == round;
                if !stays {
                    shops.extend(concerned(namespace, [child.owner.take(), None]));
                }
                stays
            });
        }
        self.namespaces.retain(|_, objects| !objects.is_empty());
        shops
    }
}

fn address(kind: Kind, metadata: &ObjectMeta) -> (String, (String, Kind)) {
    let namespace = metadata.namespace.clone().unwrap_or_default();
    (namespace, (metadata.name.clone().unwrap_or_default(), kind))
}

/// The shop that controls an object with this metadata.
pub fn owner(metadata: &ObjectMeta) -> Option<Owner> {
    let controller =
        metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))?;
    let is_shop = controller.kind == "PawnShop" && controller.api_version.starts_with("pawnshop.dev/");
    is_shop.then(|| Owner { name: controller.name.clone(), uid: controller.uid.clone() })
}

/// The same owner, as the first object that is named after it has it.
fn shared(objects: &Objects, owner: Owner) -> Arc<Owner> {
    let named_so = objects.range((owner.name.clone(), Kind::Deployment)..).next();
    let known = named_so.and_then(|(_, child)| child.owner.clone());
    known.filter(|known| **known == owner).unwrap_or_else(|| Arc::new(owner))
}

fn concerned(namespace: &str, owners: [Option<Arc<Owner>>; 2]) -> BTreeSet<ShopKey> {
    owners.into_iter().flatten().map(|owner| (namespace.to_owned(), owner.name.clone())).collect()
}
