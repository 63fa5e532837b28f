//! Who else scales a pool: of two, both would write its number of workers (decision K5).

use super::backend::Backend;
use crate::children::Children;
use crate::kind::Kind;
use std::fmt;

/// An object of another backend by which a Deployment is scaled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whether it is KEDA's, or KEDA alone can let it go.
    pub is_keda: bool,
}

impl fmt::Display for Other {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)
    }
}

/// Who still scales this Deployment, where `ours` is to: a backend's own objects are no other.
pub fn other(children: &Children, namespace: &str, deployment: &str, ours: Backend) -> Option<Other> {
    let of_keda = [
        (Kind::ScaledObject, deployment.to_owned(), true),
        // What KEDA makes of a ScaledObject, and leaves behind for a moment.
        (Kind::HorizontalPodAutoscaler, format!("keda-hpa-{deployment}"), true),
    ];
    let of_metrics = [(Kind::HorizontalPodAutoscaler, deployment.to_owned(), false)];
    let others = match ours {
        Backend::Keda => of_metrics.to_vec(),
        Backend::ExternalMetrics => of_keda.to_vec(),
        Backend::Builtin => [of_keda.as_slice(), of_metrics.as_slice()].concat(),
    };
    others
        .into_iter()
        .find(|(kind, name, _)| children.get(*kind, namespace, name).is_some())
        .map(|(kind, name, is_keda)| Other { kind, name, is_keda })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::children::Sighting;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
    use kube::runtime::watcher::Event;

    fn with(kind: Kind, name: &str) -> Children {
        let children = Children::default();
        let metadata = ObjectMeta {
            namespace: Some("town".to_owned()),
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        };
        children.note(kind, Event::Apply(Sighting { metadata, rollout: None }));
        children
    }

    #[test]
    fn each_backend_waits_for_the_objects_of_the_others_and_for_none_of_its_own() {
        use Backend::{Builtin, ExternalMetrics, Keda};
        for (kind, name, waits) in [
            (Kind::HorizontalPodAutoscaler, "shop-items", [false, true, true]),
            (Kind::ScaledObject, "shop-items", [true, false, true]),
            (Kind::HorizontalPodAutoscaler, "keda-hpa-shop-items", [true, false, true]),
            (Kind::HorizontalPodAutoscaler, "shop-loans", [false; 3]),
            (Kind::Deployment, "shop-items", [false; 3]),
        ] {
            let children = with(kind, name);
            let found = [ExternalMetrics, Keda, Builtin]
                .map(|ours| other(&children, "town", "shop-items", ours).is_some());
            assert_eq!(found, waits, "{kind} {name}");
            assert_eq!(other(&children, "elsewhere", "shop-items", Builtin), None);
        }
    }
}
