//! What a real API server makes of the definition: it takes it and every example, and says of every bad shop what
//! `testdata/bad` has it say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_cluster::{Cluster, Level};
use pawnshop_resource::testing::bad_shops;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

const CRD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crds/pawnshops.yaml");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");

#[tokio::test]
async fn the_api_server_takes_the_examples_and_says_what_is_wrong_with_each_bad_shop() {
    if let Err(why) = Cluster::available(Level::ControlPlane) {
        pawnshop_servers::skip("api_server::the_api_server_takes_the_examples", &why);
        return;
    }
    let shops = Shops::new().await;
    let mut wrong = shops.refused_examples().await;
    wrong.extend(shops.misjudged().await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    shops.scale_by_its_subresource().await;
}

struct Shops {
    cluster: &'static Cluster,
    namespace: String,
    folder: tempfile::TempDir,
}

impl Shops {
    async fn new() -> Self {
        let cluster = Cluster::control_plane().await.unwrap();
        let namespace = cluster.namespace("shops").await.unwrap();
        let shops = Self { cluster, namespace, folder: tempfile::tempdir().unwrap() };
        shops.must(&["apply", "--server-side", "--filename", CRD]).await;
        shops.must(&["wait", "--for=condition=Established", "--timeout=60s", "--filename", CRD]).await;
        shops
    }

    /// The examples that it does not take.
    async fn refused_examples(&self) -> Vec<String> {
        let folders = [PathBuf::from(EXAMPLES), Path::new(EXAMPLES).join("kubernetes")];
        let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
        let mut refused = Vec::new();
        for file in files.map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "yaml") {
                let answer =
                    self.kubectl(&["create", "--dry-run=server", "--filename", file.to_str().unwrap()]).await;
                if !answer.status.success() {
                    refused.push(format!("{}: {}", file.display(), said(&answer)));
                }
            }
        }
        refused
    }

    /// The bad shops that it takes, or says something else about.
    async fn misjudged(&self) -> Vec<String> {
        let mut misjudged = Vec::new();
        for shop in bad_shops().unwrap() {
            let mut verb = "create";
            if let Some(before) = shop.resource_before() {
                self.must(&["create", "--filename", &self.file(&before)]).await;
                verb = "replace";
            }
            let answer =
                self.kubectl(&[verb, "--dry-run=server", "--filename", &self.file(&shop.resource())]).await;
            let said = said(&answer);
            if answer.status.success() || !shop.says.iter().all(|words| said.contains(words.as_str())) {
                misjudged.push(format!("{}: wanted {:?}, said: {said}", shop.what, shop.says));
            }
            if shop.before.is_some() {
                self.must(&["delete", "pawnshop", &shop.name]).await;
            }
        }
        misjudged
    }

    async fn scale_by_its_subresource(&self) {
        let shop = serde_json::json!({
            "apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "metadata": {"name": "scaled"},
            "spec": {"dispatcher": {"replicas": 2}},
        });
        self.must(&["create", "--filename", &self.file(&shop)]).await;
        self.must(&["scale", "shop/scaled", "--replicas=3"]).await;
        let replicas =
            self.must(&["get", "shop/scaled", "--output=jsonpath={.spec.dispatcher.replicas}"]).await;
        assert_eq!(replicas, "3");
    }

    async fn must(&self, arguments: &[&str]) -> String {
        let answer = self.kubectl(arguments).await;
        assert!(answer.status.success(), "kubectl {arguments:?}: {}", said(&answer));
        String::from_utf8(answer.stdout).unwrap()
    }

    async fn kubectl(&self, arguments: &[&str]) -> Output {
        self.cluster.kubectl().args(["--namespace", &self.namespace]).args(arguments).output().await.unwrap()
    }

    fn file(&self, resource: &Value) -> String {
        let file = self.folder.path().join("shop.json");
        std::fs::write(&file, resource.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

fn said(answer: &Output) -> String {
    String::from_utf8_lossy(&answer.stderr).into_owned()
}
