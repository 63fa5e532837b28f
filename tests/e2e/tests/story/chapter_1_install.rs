//! `helm install`.

use crate::kube_api::eventually;
use crate::pods::is_complete;
use crate::stage::{RELEASE, SYSTEM, Stage};
use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, RoleBinding};
use kube::api::{Api, ListParams};
use kube::runtime::wait::{await_condition, conditions};
use pawnshop_charts::Chart;
use std::collections::BTreeSet;

/// The operator's release.
pub(crate) struct Operator {
    chart: Chart,
}

impl Operator {
    /// Installs it with this tag of the image, or brings it to it, and waits until all its pods are of it.
    pub(crate) async fn run(&self, stage: &Stage, tag: &str) {
        let values = [
            format!("image.repository={}", stage.images.repository),
            format!("image.tag={tag}"),
            // Rotated passwords are noticed within five minutes unless somebody is in a hurry.
            "settings.secrets-interval=3s".to_owned(),
        ];
        let flags: Vec<&str> = values.iter().flat_map(|value| ["--set", value]).collect();
        self.chart.install(&stage.place(), &flags).unwrap();
        let image = stage.images.stock(tag);
        eventually(&format!("the operator runs {image}"), async || {
            let deployment = stage.kube.deployments(SYSTEM).get(RELEASE).await.unwrap();
            let wanted = deployment.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
            let wanted = wanted.is_some_and(|pod| pod.containers[0].image.as_deref() == Some(&image));
            wanted && is_complete(&deployment)
        })
        .await;
    }

    /// `helm uninstall`.
    pub(crate) fn uninstall(self, stage: &Stage) {
        self.chart.uninstall(&stage.place()).unwrap();
    }
}

pub(crate) async fn helm_installs_an_operator_with_its_own_rights_only(stage: &Stage) -> Operator {
    let operator = Operator { chart: Chart::named("pawnshop-operator").unwrap() };
    operator.run(stage, &stage.images.tag).await;
    let definitions = Api::all(stage.kube.client.clone());
    let established =
        await_condition(definitions, "pawnshops.pawnshop.dev", conditions::is_crd_established());
    tokio::time::timeout(crate::kube_api::PATIENCE, established).await.unwrap().unwrap();

    let of_cluster = Api::<ClusterRoleBinding>::all(stage.kube.client.clone());
    let of_cluster = of_cluster.list(&ListParams::default()).await.unwrap().items.into_iter();
    let everywhere = of_cluster.filter(|binding| is_operators(binding.subjects.as_deref()));
    assert_eq!(everywhere.map(|binding| binding.role_ref.name).collect::<Vec<_>>(), [RELEASE]);
    let of_namespaces = Api::<RoleBinding>::all(stage.kube.client.clone());
    let of_namespaces = of_namespaces.list(&ListParams::default()).await.unwrap().items.into_iter();
    let here = of_namespaces.filter(|binding| is_operators(binding.subjects.as_deref()));
    let here: BTreeSet<_> = here.map(|binding| binding.role_ref.name).collect();
    let lease_and_metrics = [
        "extension-apiserver-authentication-reader".to_owned(),
        format!("{RELEASE}-lease"),
        format!("{RELEASE}-metrics"),
    ];
    assert_eq!(here, lease_and_metrics.into());
    operator
}

fn is_operators(subjects: Option<&[k8s_openapi::api::rbac::v1::Subject]>) -> bool {
    let is_it = |subject: &k8s_openapi::api::rbac::v1::Subject| {
        subject.name == RELEASE && subject.namespace.as_deref() == Some(SYSTEM)
    };
    subjects.unwrap_or_default().iter().any(is_it)
}
