use super::{Applier, ApplyError, Change, MANAGED_BY, What};
use crate::children::owner;
use crate::kind::Kind;
use kube::ResourceExt;

impl Applier<'_> {
    /// Deletes what a watch showed as ours, if it still is.
    pub(super) async fn prune(&self, kind: Kind, name: String) -> Result<Option<Change>, ApplyError> {
        let live = match self.api(kind).get_metadata_opt(&name).await {
            Ok(Some(live)) => live,
            Ok(None) => return Ok(None),
            Err(source) => return Err(ApplyError::Read { kind, name, source: Box::new(source) }),
        };
        let is_ours = owner(&live.metadata).is_some_and(|owner| owner.uid == self.shop.uid)
            && live.labels().get(MANAGED_BY.0).is_some_and(|manager| manager == MANAGED_BY.1);
        if !is_ours || live.metadata.deletion_timestamp.is_some() {
            return Ok(None);
        }
        let is_gone = self.delete(kind, &name, live.uid()).await?;
        Ok(is_gone.then_some(Change { kind, name, what: What::Pruned }))
    }
}
