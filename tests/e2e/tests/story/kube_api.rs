//! The cluster as the platform engineer uses it: apply, look, wait, delete.

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::discovery::{Discovery, Scope, verbs};
use kube::{Client, ResourceExt};
use pawnshop_resource::PawnShop;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long anything may take for which the issue names no time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
const STEP: Duration = Duration::from_millis(100);
/// Whose the fields are that the story applies.
const MANAGER: &str = "pawnshop-e2e";

/// A kind that lives in namespaces.
pub(crate) trait Namespaced:
    kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned
{
}

impl<K> Namespaced for K where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned
{
}

pub(crate) struct Kube {
    pub(crate) client: Client,
}

impl Kube {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// A namespace that admits only pods of the `restricted` standard.
    pub(crate) async fn restricted_namespace(&self, name: &str) {
        let namespace = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
        });
        let api = Api::<Namespace>::all(self.client.clone());
        api.patch(name, &applied(), &Patch::Apply(namespace)).await.unwrap();
    }

    /// Makes or changes a Secret of these texts.
    pub(crate) async fn secret(&self, namespace: &str, name: &str, texts: &[(&str, &str)]) {
        let data: BTreeMap<_, _> = texts.iter().copied().collect();
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data});
        self.apply::<Secret>(namespace, &secret).await;
    }

    pub(crate) fn shops(&self, namespace: &str) -> Api<PawnShop> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// `kubectl apply` of a shop.
    pub(crate) async fn apply_shop(&self, namespace: &str, shop: &Value) -> PawnShop {
        self.apply(namespace, shop).await
    }

    /// `kubectl apply` of an object of this kind.
    pub(crate) async fn apply<K: Namespaced>(&self, namespace: &str, object: &Value) -> K {
        let name = object["metadata"]["name"].as_str().unwrap();
        let api = Api::<K>::namespaced(self.client.clone(), namespace);
        api.patch(name, &applied(), &Patch::Apply(object)).await.unwrap()
    }

    /// Waits until a shop, as it is now, is told as this: `Ready=True`, or with a reason `Ready=False/WorkersNotReady`.
    pub(crate) async fn told(&self, namespace: &str, name: &str, condition: &str, limit: Duration) {
        let end = Instant::now() + limit;
        loop {
            let shop = self.shops(namespace).get(name).await.unwrap();
            let status = shop.status.clone().unwrap_or_default();
            let is_new = status.observed_generation == shop.metadata.generation;
            let told = status
                .conditions
                .iter()
                .map(|told| format!("{}={}/{}: {}", told.type_, told.status, told.reason, told.message));
            let told: Vec<_> = told.collect();
            if is_new && told.iter().any(|told| told.starts_with(condition)) {
                return;
            }
            assert!(
                Instant::now() < end,
                "{name} is not {condition} within {limit:?}, but:\n{}",
                told.join("\n")
            );
            tokio::time::sleep(STEP).await;
        }
    }

    /// Every object of a namespace but what Kubernetes and the story itself have there, as `Kind name`.
    pub(crate) async fn objects(&self, namespace: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.listed(namespace).await {
                Ok(objects) => return objects,
                // An API whose server has gone is answered for with errors until it is collected.
                Err(error) => {
                    assert!(Instant::now() < end, "what is in {namespace} cannot be listed: {error}");
                }
            }
            tokio::time::sleep(STEP).await;
        }
    }

    async fn listed(&self, namespace: &str) -> Result<Vec<String>, kube::Error> {
        let mut objects = Vec::new();
        let found = Discovery::new(self.client.clone()).run().await?;
        for (resource, capabilities) in found.groups().flat_map(|group| group.recommended_resources()) {
            let is_event = resource.kind == "Event";
            if capabilities.scope != Scope::Namespaced
                || !capabilities.supports_operation(verbs::LIST)
                || is_event
            {
                continue;
            }
            let api = Api::<DynamicObject>::namespaced_with(self.client.clone(), namespace, &resource);
            let listed = api.list_metadata(&ListParams::default()).await;
            // A kind that is on its way out has no list any more.
            if is_gone(&listed) {
                continue;
            }
            objects
                .extend(listed?.into_iter().map(|object| format!("{} {}", resource.kind, object.name_any())));
        }
        let of_others = [
            "ServiceAccount default",
            "ConfigMap kube-root-ca.crt",
            "Secret rabbit",
            "Secret mongo",
            "Secret no-uri",
        ];
        objects.retain(|object| !of_others.contains(&object.as_str()));
        Ok(objects)
    }

    /// Deletes an object of the namespace.
    pub(crate) async fn delete<K: Namespaced>(&self, namespace: &str, name: &str) {
        Api::<K>::namespaced(self.client.clone(), namespace)
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
    }

    /// Deletes namespaces that are there, with all that is in them, and waits until they are gone.
    pub(crate) async fn delete_namespaces(&self, names: &[&str]) {
        let api = Api::<Namespace>::all(self.client.clone());
        for name in names {
            let deleted = api.delete(name, &DeleteParams::default()).await;
            assert!(is_gone(&deleted) || deleted.is_ok(), "{name}: {deleted:?}");
        }
        for name in names {
            eventually(&format!("the namespace {name} is gone"), async || is_gone(&api.get(name).await))
                .await;
        }
    }

    /// The resource definition, if it is there.
    pub(crate) async fn resource_definition(&self) -> Option<CustomResourceDefinition> {
        self.resource_definitions().get_opt("pawnshops.pawnshop.dev").await.unwrap()
    }

    /// Deletes it, and every shop with it.
    pub(crate) async fn delete_resource_definition(&self) {
        self.resource_definitions().delete("pawnshops.pawnshop.dev", &DeleteParams::default()).await.unwrap();
    }

    fn resource_definitions(&self) -> Api<CustomResourceDefinition> {
        Api::all(self.client.clone())
    }
}

/// Waits until something holds; fails when it does not in time.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(STEP).await;
    }
}

/// Whether the API server says that there is no such object.
pub(crate) fn is_gone<T>(answer: &Result<T, kube::Error>) -> bool {
    matches!(answer, Err(kube::Error::Api(error)) if error.is_not_found())
}

fn applied() -> PatchParams {
    PatchParams::apply(MANAGER).force()
}
