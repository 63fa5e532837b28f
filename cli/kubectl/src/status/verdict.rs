//! Whether a shop is ready, and if not why, in a sentence.

use super::tree::Fleet;
use kube::ResourceExt;
use pawnshop_resource::PawnShop;
use serde::Serialize;

/// Whether a shop is ready, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) ready: bool,
    /// In one word.
    pub(super) reason: String,
    /// In a sentence; empty when there is nothing to say.
    pub(super) why: String,
}

/// The verdict on a shop whose fleets are known; none for a short one.
pub(super) fn verdict(shop: &PawnShop, fleets: &[Fleet]) -> Verdict {
    let not = |reason: &str, why: String| Verdict { ready: false, reason: reason.to_owned(), why };
    let namespace = shop.namespace().unwrap_or_default();
    if shop.metadata.deletion_timestamp.is_some() {
        return not("Deleting", "it is being deleted".to_owned());
    }
    let Some(status) = &shop.status else {
        let why = format!(
            "no operator has looked at it: is one running, and responsible for the namespace {namespace}? \
             (kubectl get pods -A -l app.kubernetes.io/name=pawnshop-operator)"
        );
        return not("NotSeen", why);
    };
    if status.observed_generation < shop.metadata.generation {
        let why = "the operator has not looked at it since it was changed".to_owned();
        return not("NotSeenSinceChange", why);
    }
    let condition = |name: &str| status.conditions.iter().find(|condition| condition.type_ == name);
    let Some(ready) = condition("Ready") else {
        return not("Unknown", "the operator does not say whether it is ready".to_owned());
    };
    if ready.status == "True" {
        let degraded = condition("Degraded").filter(|degraded| degraded.status == "True");
        return Verdict {
            ready: true,
            reason: degraded.unwrap_or(ready).reason.clone(),
            why: degraded.map(|degraded| degraded.message.clone()).unwrap_or_default(),
        };
    }
    let mut why = vec![ready.message.clone()];
    why.extend(fleets.iter().filter_map(worst));
    not(&ready.reason, in_one_line(&why.join(". ")))
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What keeps a fleet from having a ready pod, as far as its pods tell.
fn worst(fleet: &Fleet) -> Option<String> {
    let workload = fleet.workload.as_ref()?;
    if workload.wanted == 0 || workload.ready > 0 {
        return None;
    }
    let of_pod = || {
        let pod = fleet.pods.iter().find(|pod| !pod.trouble.is_empty())?;
        Some(format!("Pod {}: {}", pod.name, pod.trouble.join("; ")))
    };
    let of_workload = || {
        let failure = workload.failures.first()?;
        Some(format!("Deployment {}: {failure}", workload.name))
    };
    of_pod().or_else(of_workload)
}
