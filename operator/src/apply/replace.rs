use super::{Applier, ApplyError};
use crate::kind::Kind;
use kube::ResourceExt;
use kube::api::{DeleteParams, DynamicObject, Preconditions, PropagationPolicy};
use serde_json::Value;

/// Whether an object must go before it can be what is desired: the role of a binding never changes, so that nobody
/// who may change who is bound can change to what
/// (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding>).
pub(super) fn must_go(kind: Kind, desired: &Value, live: &DynamicObject) -> bool {
    kind == Kind::RoleBinding && desired.get("roleRef") != live.data.get("roleRef")
}

impl Applier<'_> {
    /// Deletes this very object, if it is still there. Whether it was.
    pub(super) async fn delete(
        &self,
        kind: Kind,
        name: &str,
        uid: Option<String>,
    ) -> Result<bool, ApplyError> {
        let parameters = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: Some(Preconditions { uid, resource_version: None }),
            ..DeleteParams::default()
        };
        match self.api(kind).delete(name, &parameters).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(false),
            Err(source) => Err(ApplyError::Delete { kind, name: name.to_owned(), source: Box::new(source) }),
        }
    }

    /// What is live, unless it must go: then it is deleted, to be made anew.
    pub(super) async fn unless_it_must_go(
        &self,
        kind: Kind,
        desired: &Value,
        live: Option<DynamicObject>,
    ) -> Result<Option<DynamicObject>, ApplyError> {
        match live {
            Some(live) if must_go(kind, desired, &live) => {
                self.delete(kind, &live.name_any(), live.uid()).await?;
                Ok(None)
            }
            live => Ok(live),
        }
    }
}
