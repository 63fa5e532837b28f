//! `kubectl apply` of a shop: the example with a worker of its own, with its Secrets.

use crate::door::Door;
use crate::observer::Observer;
use crate::pods::identities;
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use pawnshop_servers::testing::eventually;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How soon a shop is ready once it is applied.
const READY: Duration = Duration::from_secs(60);
/// All pods of the shop.
pub(crate) const ALL: &str = "pawnshop.dev/shop=museum";
/// The workers of its pool with the stock flows.
pub(crate) const STOCK: &str = "pawnshop.dev/shop=museum,pawnshop.dev/pool=stock";
/// The highest price of an appraisal, as the pool says it to its flows.
pub(crate) const HIGHEST_PRICE: i64 = 1_000_000;

/// A shop that serves.
pub(crate) struct Shop {
    pub(crate) name: &'static str,
    /// Its database.
    pub(crate) database: String,
    pub(crate) door: Door,
    observer: Observer,
}

impl Shop {
    /// From when it was ready until now.
    pub(crate) fn was_never_anything_but_ready(&self) {
        assert_eq!(self.observer.noted(), Vec::<String>::new(), "{} was not ready for a while", self.name);
    }
}

pub(crate) async fn a_shop_is_applied_and_is_ready_within_a_minute(stage: &mut Stage) -> Shop {
    keep_passwords(stage).await;
    let mut museum = example("own-worker.yaml");
    // Two of what must never be away; the example has one.
    museum["spec"]["dispatcher"] = json!({"replicas": 2});
    let pools = museum["spec"]["pools"].as_array_mut().unwrap();
    let [stock, appraisals] = pools.as_mut_slice() else { panic!("{pools:?}") };
    stock["autoscaling"] = json!({"min": 2, "max": 10});
    appraisals["autoscaling"] = json!({"min": 1, "max": 4});
    appraisals["image"] = json!(stage.images.own_worker);
    assert_eq!(appraisals["config"], json!({"highestPrice": HIGHEST_PRICE}));
    stage.kube.apply_shop(SHOPS, &museum).await;
    stage.kube.told(SHOPS, "museum", "Ready=True", READY).await;
    let observer = Observer::of(stage.kube.shops(SHOPS), "museum");
    stage.kube.told(SHOPS, "museum", "Progressing=False/Complete", READY).await;
    for fine in ["BrokerReachable=True", "StoreReachable=True", "ReadsUninterrupted=True", "Degraded=False"] {
        stage.kube.told(SHOPS, "museum", fine, READY).await;
    }
    let door = Door::of(&stage.way, &stage.kube.client, SHOPS, "museum-dispatcher").await;
    // A node learns of a Service's pods a moment after they are ready.
    eventually("the Service leads to a dispatcher", async || door.get("/item/fetch/violin").await.is_ok())
        .await;
    Shop { name: "museum", database: format!("{SHOPS}-museum"), door, observer }
}

/// Writes the passwords of now into the Secrets that the examples name.
pub(crate) async fn keep_passwords(stage: &Stage) {
    let (servers, account) = (&stage.servers, &stage.accounts.now);
    let rabbit =
        [("uri", &*servers.broker_uri(account)), ("managementUri", &*servers.management_uri(account))];
    stage.kube.secret(SHOPS, "rabbit", &rabbit).await;
    stage.kube.secret(SHOPS, "mongo", &[("uri", &servers.store_uri(account))]).await;
}

/// A resource of `examples/kubernetes`.
pub(crate) fn example(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubernetes");
    serde_yaml::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// The namespace admits nothing else but `restricted` pods, which is seen from their being there; a read-only root is
/// not among what that standard asks.
pub(crate) async fn its_pods_are_restricted_and_its_network_policies_are_there(stage: &Stage, shop: &Shop) {
    let pods = stage.kube.pods_of(SHOPS, ALL).await;
    assert_eq!(identities(&pods).len(), 5, "two dispatchers and three workers");
    for pod in &pods {
        let name = pod.name_any();
        let spec = pod.spec.as_ref().unwrap();
        let of_pod = spec.security_context.as_ref().unwrap();
        assert_eq!((of_pod.run_as_non_root, of_pod.run_as_user), (Some(true), Some(65532)), "{name}");
        assert_eq!(of_pod.seccomp_profile.as_ref().unwrap().type_, "RuntimeDefault", "{name}");
        let of_container = spec.containers[0].security_context.as_ref().unwrap();
        assert_eq!(of_container.read_only_root_filesystem, Some(true), "{name}");
        assert_eq!(of_container.allow_privilege_escalation, Some(false), "{name}");
        assert_eq!(restarts(pod), 0, "{name} ended and was started again");
        let tokens = spec.volumes.iter().flatten().filter(|volume| volume.projected.is_some()).count();
        let wanted = usize::from(pod.labels()["app.kubernetes.io/component"] == "dispatcher");
        assert_eq!(tokens, wanted, "{name}: tokens of the API server");
    }
    // That they are enforced is a matter of the cluster's network, and is not seen here.
    let policies = Api::<NetworkPolicy>::namespaced(stage.kube.client.clone(), SHOPS);
    let policies = policies.list(&ListParams::default().labels(ALL)).await.unwrap();
    let names: BTreeSet<_> = policies.iter().map(ResourceExt::name_any).collect();
    assert_eq!(names, ["dispatcher", "worker"].map(|of| format!("{}-{of}", shop.name)).into());
}

fn restarts(pod: &Pod) -> i32 {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref());
    statuses.unwrap_or_default().iter().map(|status| status.restart_count).sum()
}
