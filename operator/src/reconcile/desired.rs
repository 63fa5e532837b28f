use super::{One, ReconcileError, looks, obstacle};
use crate::build::{self, Child};
use crate::capabilities::Capabilities;
use crate::conditions::Obstacle;
use crate::defaults::Defaults;
use crate::dereference::{ClusterReferences, DereferenceError, Dereferenced, dereference};
use crate::memory::{KnownReferences, Remembered};
use crate::scaling::regime::Regime;
use crate::validate::{Validated, validate};
use pawnshop_resource::PawnShop;
use rand::RngExt;
use tokio::time::Instant;

/// What a shop needs.
pub(super) struct Desired {
    /// Its objects.
    pub(super) children: Vec<Child>,
    /// What it asks for and the cluster does not have.
    pub(super) lacks: Option<Obstacle>,
    /// What they were built from.
    pub(super) validated: Validated,
}

/// What is known of a shop's references.
pub(super) type Known = Result<Dereferenced, Vec<DereferenceError>>;

/// What the shop's references point at: as known, or read where the shop or the cluster is another since, or it is
/// time to look whether a Secret was rotated.
pub(super) async fn known(
    one: &One<'_>,
    cluster: &Capabilities,
    remembered: &mut Remembered,
) -> Result<Known, ReconcileError> {
    let looks = looks(one.shop);
    if let Some(known) = &remembered.references
        && known.looks == looks
        && known.cluster == *cluster
        && Instant::now() < known.until
    {
        return Ok(Ok(known.found.clone()));
    }
    let references = ClusterReferences(one.context.client.clone());
    match dereference(one.shop, cluster, &references).await {
        Ok(found) => {
            let until = Instant::now() + one.context.reread.mul_f64(rand::rng().random_range(0.8..1.0));
            let known = KnownReferences { looks, cluster: *cluster, until, found: found.clone() };
            remembered.references = Some(known);
            Ok(Ok(found))
        }
        // Nothing is known, which says nothing about the shop.
        Err(faults) if faults.iter().any(DereferenceError::is_read_failure) => {
            let faults = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            Err(ReconcileError::ReadReferences(faults))
        }
        Err(faults) => {
            remembered.references = None;
            Ok(Err(faults))
        }
    }
}

/// What the shop needs, or why that cannot be told: every fault at once.
pub(super) fn desired(
    shop: &PawnShop,
    cluster: &Capabilities,
    defaults: &Defaults,
    known: &Known,
    regime: &Regime,
) -> Result<Desired, Obstacle> {
    let (validated, references) = match (validate(shop), known) {
        (Ok(validated), Ok(references)) => (validated, references),
        (Ok(_), Err(faults)) => {
            let reason = faults.first().map_or("ReferenceInvalid", DereferenceError::reason);
            return Err(obstacle(reason, faults.iter().map(ToString::to_string)));
        }
        (Err(faults), known) => {
            let of_references = known.as_ref().err().into_iter().flatten().map(ToString::to_string);
            return Err(obstacle("InvalidSpec", faults.iter().map(ToString::to_string).chain(of_references)));
        }
    };
    let lacking = build::unserved(&validated, cluster);
    let lacks =
        lacking.first().map(|first| obstacle(first.reason(), lacking.iter().map(ToString::to_string)));
    match build::children(&validated, references, cluster, defaults, regime) {
        Ok(children) => Ok(Desired { children, lacks, validated }),
        Err(error) => Err(obstacle("BuildFailed", [error.to_string()])),
    }
}
