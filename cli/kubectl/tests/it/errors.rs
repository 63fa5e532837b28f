use crate::support::{World, plugin, said};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, ObjectMeta, PostParams};
use pawnshop_cluster::{Cluster, Level};

#[tokio::test]
async fn a_name_that_no_shop_has_is_answered_with_the_near_one_and_with_a_namesake_elsewhere() {
    let test = "errors::a_name_that_no_shop_has_is_answered_with_the_near_one_and_with_a_namesake_elsewhere";
    let Some(world) = World::new(Level::ControlPlane, test).await else { return };
    world.apply_shop("downtown").await;
    for command in [vec!["status", "downtwon"], vec!["events", "downtwon"], vec!["get", "downtwon", "violin"]]
    {
        let told = world.plugin(&command).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(told.err.contains("has no shop downtwon; did you mean downtown?"), "{told:?}");
    }
    let told = said(plugin(&world.cluster.kubeconfig(), &["status", "downtown"])).await;
    assert!(
        told.err.contains("the namespace default has no shop downtown, but the namespace shops-"),
        "{told:?}"
    );
    assert!(
        told.err.contains(&format!("give -n {}", world.namespace)) || told.err.contains("give -n shops-"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let Some(world) = World::new(Level::ControlPlane, "errors::a_right_that_is_missing_is_named").await
    else {
        return;
    };
    world.apply_shop("downtown").await;
    let accounts = Api::<ServiceAccount>::namespaced(world.client.clone(), &world.namespace);
    let metadata = ObjectMeta { name: Some("nobody".to_owned()), ..ObjectMeta::default() };
    let account = ServiceAccount { metadata, ..ServiceAccount::default() };
    accounts.create(&PostParams::default(), &account).await.unwrap();
    let kubeconfig = world.cluster.kubeconfig_of(&world.namespace, "nobody").await.unwrap();
    let told = said(plugin(&kubeconfig, &["status", "downtown", "-n", &world.namespace])).await;
    assert_eq!(told.code, Some(1), "{told:?}");
    let wanted = format!(
        "you may not get pawnshops.pawnshop.dev in the namespace {0}: ask for the right, or see \
         `kubectl auth can-i get pawnshops.pawnshop.dev -n {0}`",
        world.namespace
    );
    assert!(told.err.contains(&wanted), "{told:?}");

    // The same by impersonation.
    let told = world.plugin(&["status", "--as", "somebody"]).await;
    assert!(told.err.contains("you may not list pawnshops.pawnshop.dev"), "{told:?}");
    assert!(told.err.contains("User \"somebody\""), "{told:?}");
}

#[tokio::test]
async fn a_cluster_without_the_resource_definition_is_told_what_to_install() {
    let test = "errors::a_cluster_without_the_resource_definition_is_told_what_to_install";
    if let Err(why) = Cluster::available(Level::ControlPlane) {
        pawnshop_servers::skip(test, &why);
        return;
    }
    // One of its own: the other tests install it.
    let cluster = Cluster::start(Level::ControlPlane).await.unwrap();
    for command in [vec!["status"], vec!["status", "-A"], vec!["status", "downtown"]] {
        let told = said(plugin(&cluster.kubeconfig(), &command)).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(
            told.err.contains("this cluster has no PawnShops: install the operator's chart (helm install"),
            "{told:?}"
        );
    }
}

const KUBECONFIG: &str = r#"{
  "apiVersion": "v1", "kind": "Config", "current-context": "town",
  "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
  "contexts": [{"name": "town", "context": {"cluster": "c", "user": "u"}}],
  "users": [{"name": "u", "user": {}}]
}"#;

#[tokio::test]
async fn without_a_cluster_it_is_told_where_one_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    std::fs::write(&kubeconfig, KUBECONFIG).unwrap();

    let told = said(plugin(&kubeconfig, &["status"])).await;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.err.contains("https://127.0.0.1:1 (context town) does not answer: "), "{told:?}");
    assert!(told.err.contains("Connection refused"), "{told:?}");

    let told = said(plugin(&kubeconfig, &["status", "--context", "twon"])).await;
    assert!(told.err.contains("the kubeconfig has no context twon; did you mean town?"), "{told:?}");

    let nowhere = folder.path().join("nowhere");
    let told = said(plugin(&nowhere, &["status"])).await;
    assert!(told.err.contains("no cluster is configured: there is no kubeconfig"), "{told:?}");
    let told = said(plugin(&kubeconfig, &["status", "--kubeconfig", nowhere.to_str().unwrap()])).await;
    assert!(told.err.contains("the kubeconfig cannot be read") && told.err.contains("nowhere"), "{told:?}");
}

#[tokio::test]
async fn help_tells_every_command_with_examples_and_exit_codes_and_shells_get_completions() {
    let folder = tempfile::tempdir().unwrap();
    let of = async |arguments: &[&str]| said(plugin(folder.path(), arguments)).await;
    let help = of(&["--help"]).await;
    for word in
        ["status", "events", "why-scaled", "get", "dlq", "render", "completions", "Examples:", "Exit codes:"]
    {
        assert!(help.out.contains(word), "{word} in\n{}", help.out);
    }
    for command in ["status", "events", "why-scaled", "get", "dlq", "render", "completions"] {
        let help = of(&[command, "--help"]).await;
        assert!(help.out.contains("Examples:") && help.out.contains("kubectl pawnshop"), "{}", help.out);
    }
    assert_eq!(of(&["statsu"]).await.code, Some(2));
    let script = of(&["completions", "bash"]).await;
    assert!(script.out.contains("kubectl-pawnshop") && script.out.contains("render"), "{}", script.out);
}
