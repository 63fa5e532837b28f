//! Brings a shop's objects to what is desired (decision K8): server-side apply, by force for what is ours, of what
//! differs alone; what is ours and no longer desired is deleted; what is another's is left alone.
//!
//! Nothing is asked of the API server for an object whose desired state and [`Fingerprint`] are those of the last
//! look. Otherwise it is read and compared ([`compare`]), and written only when it differs.

mod compare;
mod fingerprint;
mod outcome;
mod prune;
mod quantity;
mod repairs;
mod replace;
mod scale;
#[cfg(test)]
mod tests;

pub use fingerprint::{DesiredHash, Fingerprint};
pub use outcome::{ApplyError, Change, Contest, NameConflict, Outcome, What};
pub use repairs::Repairs;

use crate::build::Child;
use crate::build::labels::{MANAGED_BY, SHOP};
use crate::children::{Child as Seen, Children, Owner, owner};
use crate::kind::Kind;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::{Client, ResourceExt};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Who we are to server-side apply.
pub const MANAGER: &str = "pawnshop-operator";

/// What the last looks at a shop's objects found: each as desired then, and what it looked like.
pub type Looks = HashMap<(Kind, String), (DesiredHash, Fingerprint)>;

/// What an apply remembers for the next one.
#[derive(Debug, Default)]
pub struct Past {
    /// What the last looks found.
    pub looks: Looks,
    /// What had to be repaired lately.
    pub repairs: Repairs,
}

/// A shop's place in the cluster.
pub struct Applier<'a> {
    /// Writes through it pass the leader's guard.
    pub client: &'a Client,
    /// What the watches told.
    pub children: &'a Children,
    /// Where the shop is.
    pub namespace: &'a str,
    /// The shop.
    pub shop: &'a Owner,
}

/// Whose an object is.
enum Holder {
    /// The shop's, or left behind by a shop of its name.
    Ours,
    Another(String),
}

impl Applier<'_> {
    /// Applies all of `desired`, and deletes what is ours and not among it.
    pub async fn apply(&self, desired: &[Child], past: &mut Past) -> Outcome {
        let mut outcome = Outcome::default();
        let mut wanted = BTreeSet::new();
        for child in desired {
            let Some(kind) = Kind::of(&child.resource) else {
                outcome.failures.push(ApplyError::UnknownKind(child.resource.kind.clone()));
                continue;
            };
            let name = name_of(&child.object);
            let done = self.ensure(kind, &name, child, past, &mut outcome).await;
            wanted.insert((kind, name));
            if !outcome.note(done) {
                return outcome;
            }
        }
        for (kind, name) in self.children.of_shop(self.namespace, self.shop) {
            if wanted.contains(&(kind, name.clone())) {
                continue;
            }
            past.looks.remove(&(kind, name.clone()));
            if !outcome.note(self.prune(kind, name).await) {
                return outcome;
            }
        }
        past.looks.retain(|key, _| wanted.contains(key));
        outcome
    }

    async fn ensure(
        &self,
        kind: Kind,
        name: &str,
        child: &Child,
        past: &mut Past,
        outcome: &mut Outcome,
    ) -> Result<Option<Change>, ApplyError> {
        let Past { looks, repairs } = past;
        let key = (kind, name.to_owned());
        let desired = DesiredHash::of(&child.object);
        let last = looks.get(&key).copied();
        let seen = self.children.get(kind, self.namespace, name);
        if let (Some(last), Some(seen)) = (last, &seen)
            && last == (desired, seen.fingerprint)
            && has_its_replicas(child, seen)
        {
            return Ok(None);
        }
        let api = self.api(kind);
        let read = |source| ApplyError::Read { kind, name: name.to_owned(), source: Box::new(source) };
        let live = api.get_opt(name).await.map_err(read)?;
        if let Some(Holder::Another(holder)) = live.as_ref().map(|live| self.holder(live)) {
            looks.remove(&key);
            outcome.conflicts.push(NameConflict { kind, name: name.to_owned(), holder });
            return Ok(None);
        }
        // It is on its way out; its end brings us back.
        if live.as_ref().is_some_and(|live| live.metadata.deletion_timestamp.is_some()) {
            return Ok(None);
        }
        let difference =
            live.as_ref().map_or(Ok(Some("deleted".to_owned())), |live| differs(&child.object, live));
        let difference = difference.unwrap_or_else(Some);
        let was_as_desired = last.is_some_and(|(before, _)| before == desired);
        let what = match (&live, was_as_desired, difference) {
            (_, _, None) => None,
            (None, false, _) => Some(What::Created),
            (Some(_), false, _) => Some(What::Updated),
            (_, true, Some(path)) => Some(What::Repaired(path)),
        };
        if let Some(What::Repaired(path)) = &what
            && repairs.are_too_many(kind, name)
        {
            outcome.contests.push(Contest { kind, name: name.to_owned(), path: path.clone() });
            return Ok(None);
        }
        let now = match (&what, live) {
            (None, Some(live)) => live,
            (_, live) => {
                let live = self.unless_it_must_go(kind, &child.object, live).await?;
                self.write(&api, kind, name, child, live).await?
            }
        };
        if matches!(what, Some(What::Repaired(_))) {
            repairs.count(kind, name);
        }
        let is_scaled = self.scale(&api, kind, &now, child).await?;
        if is_scaled {
            // It looks otherwise by now; the next look tells how.
            looks.remove(&key);
        } else {
            looks.insert(key, (desired, Fingerprint::of(&now.metadata)));
        }
        Ok(what.map(|what| Change { kind, name: name.to_owned(), what }))
    }

    async fn write(
        &self,
        api: &Api<DynamicObject>,
        kind: Kind,
        name: &str,
        child: &Child,
        live: Option<DynamicObject>,
    ) -> Result<DynamicObject, ApplyError> {
        let mut object = child.object.clone();
        let is_there = live.is_some();
        // Nobody else's object, should it have been replaced since we looked.
        if let (Some(live), Some(metadata)) =
            (live, object.get_mut("metadata").and_then(Value::as_object_mut))
        {
            metadata.insert("uid".to_owned(), live.metadata.uid.into());
        }
        let parameters = PatchParams::apply(MANAGER).force().validation_strict();
        let mut written = api.patch(name, &parameters, &Patch::Apply(&object)).await;
        // What another added to a list of ours can contradict what we put beside it: two ports of one name. Then the
        // list is made ours as a whole.
        if is_there && matches!(&written, Err(kube::Error::Api(status)) if status.is_invalid()) {
            let parameters =
                PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
            if api.patch(name, &parameters, &Patch::Merge(&object)).await.is_ok() {
                written = api.patch(name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&object)).await;
            }
        }
        written.map_err(|source| ApplyError::Write { kind, name: name.to_owned(), source: Box::new(source) })
    }

    fn api(&self, kind: Kind) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), self.namespace, &kind.resource())
    }

    fn holder(&self, live: &DynamicObject) -> Holder {
        let controller =
            live.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        if owner(&live.metadata).is_some_and(|owner| owner.uid == self.shop.uid) {
            return Holder::Ours;
        }
        let label = |name: &str| live.labels().get(name).map(String::as_str);
        match controller {
            Some(other) => Holder::Another(format!("{} {} controls it", other.kind, other.name)),
            // Somebody cut it off from its shop: it is taken back.
            None if label(MANAGED_BY.0) == Some(MANAGED_BY.1) && label(SHOP) == Some(&self.shop.name) => {
                Holder::Ours
            }
            None => Holder::Another("it was not made for this shop".to_owned()),
        }
    }
}

/// Whether nobody changed a number of replicas that is the shop's to say.
fn has_its_replicas(child: &Child, seen: &Seen) -> bool {
    match (child.replicas_are_fixed, child.initial_replicas, &seen.rollout) {
        (true, Some(fixed), Some(rollout)) => i64::from(rollout.wanted) == i64::from(fixed),
        _ => true,
    }
}

/// Where a live object is not as desired. `Err`: it cannot be told.
fn differs(desired: &Value, live: &DynamicObject) -> Result<Option<String>, String> {
    let metadata = &live.metadata;
    let live = serde_json::to_value(live).map_err(|error| error.to_string())?;
    Ok(compare::difference(desired, &live, metadata))
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}
