//! What may be merged into the pods' template.

use super::{fault, typed::typed};
use crate::build::labels::is_ours;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use pawnshop_resource::{Fault, Opaque};

/// The overrides as what they are, unless they touch what the operator must hold on to.
pub(super) fn check(
    given: &Opaque,
    path: &str,
    component: &str,
    faults: &mut Vec<Fault>,
) -> Option<PodTemplateSpec> {
    let before = faults.len();
    let metadata = given.get("metadata").and_then(|metadata| metadata.as_object());
    for field in metadata.into_iter().flat_map(|metadata| metadata.keys()) {
        if field != "labels" && field != "annotations" {
            let message = "a pod template has labels and annotations of its own, nothing else";
            fault(faults, &format!("{path}.metadata.{field}"), message);
        }
    }
    let template: PodTemplateSpec = typed(given, path, faults)?;
    let metadata = template.metadata.iter();
    let texts = metadata.flat_map(|metadata| {
        let labels = metadata.labels.iter().flatten().map(|(key, _)| ("labels", key));
        labels.chain(metadata.annotations.iter().flatten().map(|(key, _)| ("annotations", key)))
    });
    for (kind, key) in texts.filter(|(_, key)| is_ours(key)) {
        fault(
            faults,
            &format!("{path}.metadata.{kind}[{key}]"),
            "is set by the operator; choose another key",
        );
    }
    let spec = template.spec.iter();
    for (index, container) in spec.clone().flat_map(|spec| &spec.containers).enumerate() {
        if container.name.is_empty() {
            let message =
                format!("is required: \"{component}\" for the operator's own container, or a new one");
            fault(faults, &format!("{path}.spec.containers[{index}].name"), message);
        }
    }
    if spec.clone().any(|spec| spec.termination_grace_period_seconds.is_some()) {
        let message = "belongs beside podTemplate, so that the program is told as well";
        fault(faults, &format!("{path}.spec.terminationGracePeriodSeconds"), message);
    }
    (faults.len() == before).then_some(template)
}
