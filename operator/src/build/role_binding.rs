use super::metadata::metadata;
use super::{labels, names};
use crate::defaults::RoleName;
use crate::validate::Validated;
use k8s_openapi::api::rbac::v1::{RoleBinding, RoleRef, Subject};

/// Lets dispatchers watch the endpoints of their own namespace, and nothing else: the role is the chart's.
pub(super) fn role_binding(shop: &Validated, role: &RoleName) -> RoleBinding {
    let name = names::dispatcher(shop);
    RoleBinding {
        metadata: metadata(shop, name.clone(), labels::of_component(shop, "dispatcher")),
        role_ref: RoleRef {
            api_group: "rbac.authorization.k8s.io".to_owned(),
            kind: role.kind().to_owned(),
            name: role.name().to_owned(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name,
            namespace: Some(shop.shop.namespace().to_owned()),
            ..Subject::default()
        }]),
    }
}
