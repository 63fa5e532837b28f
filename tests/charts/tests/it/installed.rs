//! The charts in a real API server: no pod runs, but objects are judged, and controllers act on them.

use crate::{chart, set};
use pawnshop_charts::Place;
use pawnshop_cluster::{Cluster, Level};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const RELEASE: &str = "pawnshop-operator";

/// A cluster of the test's own, since what is installed is the whole cluster's; `None`, noted, where none can be had.
async fn cluster(test: &str) -> Option<Cluster> {
    if let Err(why) = Cluster::available(Level::ControlPlane) {
        pawnshop_servers::skip(test, &why);
        return None;
    }
    Some(Cluster::start(Level::ControlPlane).await.unwrap())
}

/// What kubectl says, or why not.
async fn kubectl(cluster: &Cluster, arguments: &str) -> Result<String, String> {
    let done = cluster.kubectl().args(arguments.split(' ')).output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if done.status.success() {
        Ok(text(&done.stdout))
    } else {
        Err(text(&done.stdout) + "\n" + &text(&done.stderr))
    }
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_release_is_installed_upgraded_taken_back_and_gone_and_shops_outlive_it() {
    let test = "installed::a_release_is_installed_upgraded_taken_back_and_gone_and_shops_outlive_it";
    let Some(operator) = chart("pawnshop-operator", test) else { return };
    let Some(shop) = chart("pawnshop", test) else { return };
    let Some(cluster) = cluster(test).await else { return };
    let kubeconfig = cluster.kubeconfig();
    let system = cluster.namespace("system").await.unwrap();
    let shops = cluster.namespace("shops").await.unwrap();
    for namespace in [&system, &shops] {
        let enforced = format!("label namespace {namespace} pod-security.kubernetes.io/enforce=restricted");
        kubectl(&cluster, &enforced).await.unwrap();
    }
    let of_operator = Place { kubeconfig: &kubeconfig, namespace: &system, release: RELEASE };
    let of_shop = Place { kubeconfig: &kubeconfig, namespace: &shops, release: "downtown" };

    let notes = operator.install(&of_operator, &[]).unwrap();
    assert!(notes.contains(&format!("kubectl -n {system} rollout status deployment/{RELEASE}")), "{notes}");
    let established = "wait --for=condition=Established --timeout=60s crd/pawnshops.pawnshop.dev";
    kubectl(&cluster, established).await.unwrap();
    // The shop is judged by the resource's own rules, its servers' pods by pod security.
    let notes = shop.install(&of_shop, &set(&["evaluation.enabled=true"])).unwrap();
    assert!(notes.contains("port-forward service/downtown-dispatcher 8080:80"), "{notes}");
    eventually("pods of the operator are admitted, and pods of the servers", async || {
        let pods = |namespace: &str| format!("get pods --namespace {namespace} --output=name");
        let system = kubectl(&cluster, &pods(&system)).await.unwrap();
        let shops = kubectl(&cluster, &pods(&shops)).await.unwrap();
        system.lines().count() == 2 && shops.lines().count() == 2
    })
    .await;
    let password =
        format!("get secret downtown-evaluation --namespace {shops} --output=jsonpath={{.data.password}}");
    let made_up = kubectl(&cluster, &password).await.unwrap();
    shop.install(&of_shop, &set(&["evaluation.enabled=true", "outcomeRetention=72h"])).unwrap();
    assert_eq!(kubectl(&cluster, &password).await.unwrap(), made_up, "the password stays");
    let kept = format!("get shop downtown --namespace {shops} --output=jsonpath={{.spec.outcomeRetention}}");
    assert_eq!(kubectl(&cluster, &kept).await.unwrap(), "72h");
    shop.roll_back(&of_shop, "1").unwrap();
    assert_ne!(kubectl(&cluster, &kept).await.unwrap(), "72h");
    assert_eq!(kubectl(&cluster, &password).await.unwrap(), made_up, "and stays");
    shop.roll_back(&of_shop, "2").unwrap();

    let replicas =
        format!("get deployment {RELEASE} --namespace {system} --output=jsonpath={{.spec.replicas}}");
    operator.install(&of_operator, &set(&["replicas=3"])).unwrap();
    assert_eq!(kubectl(&cluster, &replicas).await.unwrap(), "3");
    operator.roll_back(&of_operator, "1").unwrap();
    assert_eq!(kubectl(&cluster, &replicas).await.unwrap(), "2");

    operator.uninstall(&of_operator).unwrap();
    assert_eq!(kubectl(&cluster, &kept).await.unwrap(), "72h");
    let left =
        format!("get deployments,serviceaccounts,roles,rolebindings --namespace {system} --output=name");
    assert_eq!(kubectl(&cluster, &left).await.unwrap(), "serviceaccount/default");

    shop.uninstall(&of_shop).unwrap();
    let of_the_shop =
        format!("get pawnshops,statefulsets,services,secrets --namespace {shops} --output=name");
    assert_eq!(kubectl(&cluster, &of_the_shop).await.unwrap(), "");

    // The resource is the old release's still: one of the same name and place has it, another must say so.
    operator.install(&of_operator, &[]).unwrap();
    operator.uninstall(&of_operator).unwrap();
    let elsewhere = Place { release: "keeper", ..of_operator };
    let refused = operator.install(&elsewhere, &[]).unwrap_err().to_string();
    assert!(refused.contains("pawnshops.pawnshop.dev"), "{refused}");
    operator.install(&elsewhere, &["--take-ownership"]).unwrap();
}

#[tokio::test]
async fn an_operator_can_do_what_it_must_and_give_itself_nothing() {
    let test = "installed::an_operator_can_do_what_it_must_and_give_itself_nothing";
    let Some(operator) = chart("pawnshop-operator", test) else { return };
    let Some(cluster) = cluster(test).await else { return };
    let kubeconfig = cluster.kubeconfig();
    let (system, shops) =
        (cluster.namespace("system").await.unwrap(), cluster.namespace("shops").await.unwrap());
    let place = Place { kubeconfig: &kubeconfig, namespace: &system, release: RELEASE };
    operator.install(&place, &[]).unwrap();
    assert_rights(&cluster, &system, &shops, "clusterrole").await;
    for (namespace, question) in [
        (&*system, "get secrets/pawnshop-operator-metrics"),
        (&*system, "watch secrets/pawnshop-operator-metrics"),
        (&*system, "update secrets/pawnshop-operator-metrics"),
        ("kube-system", "watch configmaps/extension-apiserver-authentication"),
        ("kube-system", "create subjectaccessreviews.authorization.k8s.io"),
        ("kube-system", "create apiservices.apiregistration.k8s.io/v1beta1.external.metrics.k8s.io"),
        ("kube-system", "delete apiservices.apiregistration.k8s.io/v1beta1.external.metrics.k8s.io"),
    ] {
        assert_right(&cluster, &system, namespace, "yes", question).await;
    }

    // The same within one namespace, and nothing beyond.
    operator.install(&place, &set(&["singleNamespace=true"])).unwrap();
    assert_rights(&cluster, &system, &system, "role").await;
    for (allowed, question) in [
        ("no", "get secrets"),
        ("no", "list pawnshops.pawnshop.dev"),
        ("no", "create deployments.apps"),
        ("no", "create rolebindings.rbac.authorization.k8s.io"),
    ] {
        assert_right(&cluster, &system, &shops, allowed, question).await;
    }
}

/// That the operator of `system` has its rights in `namespace`, and those alone.
async fn assert_rights(cluster: &Cluster, system: &str, namespace: &str, kind: &str) {
    for (allowed, question) in [
        ("yes", "watch pawnshops.pawnshop.dev"),
        ("yes", "patch pawnshops.pawnshop.dev --subresource=status"),
        ("no", "patch pawnshops.pawnshop.dev"),
        ("yes", "update deployments.apps --subresource=scale"),
        ("yes", "list endpointslices.discovery.k8s.io"),
        ("yes", "get secrets"),
        ("no", "list secrets"),
        ("no", "watch secrets"),
        ("no", "create secrets"),
        ("no", "create pods"),
        ("no", "create pods --subresource=exec"),
        ("no", "create serviceaccounts --subresource=token"),
        ("no", "impersonate serviceaccounts"),
        ("no", "create clusterrolebindings.rbac.authorization.k8s.io"),
        ("no", "get configmaps"),
        ("no", "patch apiservices.apiregistration.k8s.io/v1.apps"),
        ("no", "update roles.rbac.authorization.k8s.io"),
    ] {
        assert_right(cluster, system, namespace, allowed, question).await;
    }
    let bind = |name: &str, role: &str| {
        let account = format!("system:serviceaccount:{system}:{RELEASE}");
        format!(
            "create rolebinding {name} --namespace {namespace} --{role} --serviceaccount={namespace}:default --as={account}"
        )
    };
    let dispatcher = bind(&format!("dispatcher-{kind}"), &format!("{kind}=pawnshop-dispatcher"));
    kubectl(cluster, &dispatcher).await.unwrap();
    let refused = kubectl(cluster, &bind("admin", "clusterrole=cluster-admin")).await.unwrap_err();
    assert!(refused.contains("attempting to grant RBAC permissions not currently held"), "{refused}");
}

/// That the operator of `system` may do this in a namespace, or may not, once the API server knows its roles.
async fn assert_right(cluster: &Cluster, system: &str, namespace: &str, allowed: &str, question: &str) {
    let account = format!("system:serviceaccount:{system}:{RELEASE}");
    let ask = format!("auth can-i {question} --namespace {namespace} --as={account}");
    eventually(&format!("{allowed}: {question} in {namespace}"), async || {
        match kubectl(cluster, &ask).await {
            Ok(told) | Err(told) => told.lines().next() == Some(allowed),
        }
    })
    .await;
}
