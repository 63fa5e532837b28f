use super::{Applier, ApplyError, Change, MANAGED_BY, What};
use crate::children::owner;
use crate::kind::Kind;
use kube::ResourceExt;
use kube::api::{DeleteParams, Preconditions, PropagationPolicy};

impl Applier<'_> {
    /// Deletes what a watch showed as ours, if it still is.
    pub(super) async fn prune(&self, kind: Kind, name: String) -> Result<Option<Change>, ApplyError> {
        let api = self.api(kind);
        let live = match api.get_metadata_opt(&name).await {
            Ok(Some(live)) => live,
            Ok(None) => return Ok(None),
            Err(source) => return Err(ApplyError::Read { kind, name, source: Box::new(source) }),
        };
        let is_ours = owner(&live.metadata).is_some_and(|owner| owner.uid == self.shop.uid)
            && live.labels().get(MANAGED_BY.0).is_some_and(|manager| manager == MANAGED_BY.1);
        if !is_ours || live.metadata.deletion_timestamp.is_some() {
            return Ok(None);
        }
        let parameters = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: Some(Preconditions { uid: live.metadata.uid.clone(), resource_version: None }),
            ..DeleteParams::default()
        };
        match api.delete(&name, &parameters).await {
            Ok(_) => Ok(Some(Change { kind, name, what: What::Pruned })),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
            Err(source) => Err(ApplyError::Delete { kind, name, source: Box::new(source) }),
        }
    }
}
