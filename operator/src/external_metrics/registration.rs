//! The APIService by which API servers ask here for `external.metrics.k8s.io`, of which a cluster has one (decision K5):
//! what it is to be, and whose it is. Pure.

use super::documents::{GROUP, VERSION};
use crate::apply::MANAGER;
use k8s_openapi::ByteString;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::{
    APIService, APIServiceSpec, ServiceReference,
};
use std::collections::BTreeMap;
use std::fmt;

/// The name of the APIService, which is fixed by what it is for.
pub(super) const NAME: &str = "v1beta1.external.metrics.k8s.io";

/// The port of the Service.
const PORT: i32 = 443;

/// The same as with other adapters: after everything that has a place of its own.
const PRIORITY: i32 = 100;

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ServiceName {
    /// The name that API servers look for in its certificate.
    pub(super) fn host(&self) -> String {
        format!("{}.{}.svc", self.name, self.namespace)
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}

/// What the APIService is to be. `bundle`: the authorities to be believed, PEM.
pub(super) fn desired(service: &ServiceName, bundle: &str, owner: Option<OwnerReference>) -> APIService {
    let labels = [("app.kubernetes.io/name", MANAGER), ("app.kubernetes.io/part-of", "pawnshop")];
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
    APIService {
        metadata: ObjectMeta {
            name: Some(NAME.to_owned()),
            labels: Some(BTreeMap::from(labels)),
            owner_references: owner.map(|owner| vec![owner]),
            ..ObjectMeta::default()
        },
        spec: Some(APIServiceSpec {
            ca_bundle: Some(ByteString(bundle.as_bytes().to_vec())),
            group: Some(GROUP.to_owned()),
            group_priority_minimum: PRIORITY,
            service: Some(ServiceReference {
                namespace: Some(service.namespace.clone()),
                name: Some(service.name.clone()),
                port: Some(PORT),
            }),
            version: Some(VERSION.to_owned()),
            version_priority: PRIORITY,
            ..APIServiceSpec::default()
        }),
        ..APIService::default()
    }
}

/// Who has an APIService that is not ours; `None`: it is ours.
pub(super) fn other_owner(live: &APIService, service: &ServiceName) -> Option<String> {
    let Some(theirs) = live.spec.as_ref().and_then(|spec| spec.service.as_ref()) else {
        return Some("the API server itself".to_owned());
    };
    let theirs = ServiceName {
        namespace: theirs.namespace.clone().unwrap_or_default(),
        name: theirs.name.clone().unwrap_or_default(),
    };
    (theirs != *service).then(|| format!("the Service {theirs}"))
}

/// Whether an APIService believes an authority, PEM.
pub(super) fn believes(live: &APIService, authority: &str) -> bool {
    let bundle = live.spec.as_ref().and_then(|spec| spec.ca_bundle.as_ref());
    let authority = authority.trim();
    bundle.is_some_and(|ByteString(bundle)| {
        !authority.is_empty() && String::from_utf8_lossy(bundle).contains(authority)
    })
}

/// Whether an APIService is as desired already.
pub(super) fn holds(live: &APIService, desired: &APIService) -> bool {
    let labels = live.metadata.labels.clone().unwrap_or_default();
    let owners = live.metadata.owner_references.clone().unwrap_or_default();
    live.spec == desired.spec
        && desired.metadata.labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && desired
            .metadata
            .owner_references
            .iter()
            .flatten()
            .all(|owner| owners.iter().any(|live| live.uid == owner.uid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ours() -> ServiceName {
        ServiceName { namespace: "system".to_owned(), name: "metrics".to_owned() }
    }

    #[test]
    fn the_api_service_leads_to_the_service() {
        let owner = OwnerReference { uid: "7".to_owned(), ..OwnerReference::default() };
        let desired = desired(&ours(), "bundle", Some(owner));
        assert_eq!(
            serde_json::to_value(&desired).unwrap(),
            json!({
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {
                    "name": "v1beta1.external.metrics.k8s.io",
                    "labels": {
                        "app.kubernetes.io/name": "pawnshop-operator",
                        "app.kubernetes.io/part-of": "pawnshop",
                    },
                    "ownerReferences": [{"apiVersion": "", "kind": "", "name": "", "uid": "7"}],
                },
                "spec": {
                    "group": "external.metrics.k8s.io", "version": "v1beta1",
                    "groupPriorityMinimum": 100, "versionPriority": 100,
                    "service": {"namespace": "system", "name": "metrics", "port": 443},
                    "caBundle": "YnVuZGxl",
                },
            })
        );
        assert!(holds(&desired, &desired) && believes(&desired, "bun") && !believes(&desired, ""));
    }

    #[test]
    fn only_one_that_leads_to_our_service_is_ours() {
        let mine = desired(&ours(), "bundle", None);
        assert_eq!(other_owner(&mine, &ours()), None);
        let theirs = desired(&ServiceName { namespace: "keda".to_owned(), ..ours() }, "bundle", None);
        assert_eq!(other_owner(&theirs, &ours()).as_deref(), Some("the Service keda/metrics"));
        assert_eq!(other_owner(&APIService::default(), &ours()).as_deref(), Some("the API server itself"));
    }

    #[test]
    fn what_others_added_is_no_reason_to_write() {
        let owner = |uid: &str| OwnerReference { uid: uid.to_owned(), ..OwnerReference::default() };
        let desired = desired(&ours(), "bundle", Some(owner("7")));
        let mut live = desired.clone();
        live.metadata.labels.as_mut().unwrap().insert("argocd".to_owned(), "a".to_owned());
        live.metadata.owner_references.as_mut().unwrap().push(owner("8"));
        assert!(holds(&live, &desired));
        live.metadata.owner_references = Some(vec![owner("8")]);
        assert!(!holds(&live, &desired), "the owner was made anew");
        let mut live = desired.clone();
        live.spec.as_mut().unwrap().ca_bundle = None;
        assert!(!holds(&live, &desired));
    }
}
