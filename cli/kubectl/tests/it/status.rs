use crate::support::{World, eventually};
use k8s_openapi::jiff::Timestamp;
use pawnshop_cluster::Level;
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test]
async fn a_shop_that_the_operator_made_is_told_whole_and_so_is_why_it_is_not_ready() {
    let test = "status::a_shop_that_the_operator_made_is_told_whole_and_so_is_why_it_is_not_ready";
    let Some(world) = World::new(Level::ControlPlane, test).await else { return };
    let before = world.plugin(&["status"]).await;
    assert_eq!((before.code, before.out.as_str()), (Some(0), ""), "{before:?}");
    assert!(before.err.contains("has no shops"), "{before:?}");
    let _operator = world.operate("town").await;

    // No pod runs here: there is no node.
    let mut told = world.plugin(&["status", "town"]).await;
    eventually("the pods are told as waiting for a node, those of the dispatcher too", async || {
        told = world.plugin(&["status", "town"]).await;
        told.out.contains("Unschedulable") && told.out.contains("0 of 2 ready. Pod town-dispatcher-")
    })
    .await;
    assert_eq!(told.code, Some(3), "{told:?}");
    for line in [
        "├─ dispatcher  0 of 2 ready",
        "├─ pool items  0 of 2 ready, backlog unknown",
        "HorizontalPodAutoscaler town-dispatcher  2 to 4; ",
        "PodDisruptionBudget town-items  0 of 0 healthy pods may be evicted now",
        "Service town-dispatcher  ClusterIP ",
        "Service town-fleet  headless, port 7070",
        "Ingress town-dispatcher  shop.example.com, no address yet",
        "2 ServiceAccounts",
        "Unschedulable: no nodes available to schedule pods",
        "\nReady              False",
        "DispatcherNotReady: dispatcher: 0 of 2 ready",
        "\ntown is not ready: dispatcher: 0 of 2 ready. Pod town-dispatcher-",
    ] {
        assert!(told.out.contains(line), "{line} in\n{}", told.out);
    }
    assert!(!told.out.contains('\u{1b}'), "no colour where there is no terminal");

    let short = world.plugin(&["status"]).await;
    assert_eq!(short.code, Some(3));
    assert!(short.out.starts_with("NAME  READY  REASON"), "{short:?}");
    assert!(short.out.ends_with("0 of 1 ready\n"), "{short:?}");
    let wide = world.plugin(&["status", "-A", "-o", "wide"]).await;
    assert!(wide.out.starts_with("NAMESPACE") && wide.out.contains(&world.namespace), "{wide:?}");

    let json: Value =
        serde_json::from_str(&world.plugin(&["status", "town", "-o", "json"]).await.out).unwrap();
    assert_eq!(json["verdict"]["ready"], false);
    assert_eq!(json["fleets"][1]["workload"]["wanted"], 2);
    let yaml = world.plugin(&["status", "-o", "yaml"]).await.out;
    assert!(yaml.contains("name: town"), "{yaml}");

    // Who may see the shop alone is told what is not shown.
    let kubectl = async |arguments: &[&str]| {
        let of = ["--namespace", world.namespace.as_str()];
        assert!(world.cluster.kubectl().args(arguments).args(of).output().await.unwrap().status.success());
    };
    kubectl(&["create", "role", "viewer", "--verb=get,list", "--resource=pawnshops.pawnshop.dev"]).await;
    kubectl(&["create", "rolebinding", "viewer", "--role=viewer", "--user=ada"]).await;
    eventually("ada may see the shop", async || {
        told = world.plugin(&["status", "town", "--as", "ada"]).await;
        told.code == Some(3)
    })
    .await;
    assert!(told.out.contains("not shown: you may not list pods in the namespace"), "{told:?}");
    assert!(told.out.contains("town is not ready: dispatcher: 0 of 2 ready"), "{told:?}");
}

#[tokio::test]
async fn events_of_the_shop_and_its_objects_are_told_the_oldest_first_and_followed() {
    let test = "status::events_of_the_shop_and_its_objects_are_told_the_oldest_first_and_followed";
    let Some(world) = World::new(Level::ControlPlane, test).await else { return };
    let _operator = world.operate("town").await;
    let mut told = world.plugin(&["events", "town"]).await;
    eventually("events of Deployment, ReplicaSet and pod are there", async || {
        told = world.plugin(&["events", "town"]).await;
        ["Deployment town-items ", "ReplicaSet town-items-", "Pod town-items-"]
            .iter()
            .all(|object| told.out.contains(object))
    })
    .await;
    assert_eq!(told.code, Some(0));
    assert!(told.out.starts_with("LAST SEEN"), "{told:?}");
    let json = world.plugin(&["events", "town", "-o", "json"]).await;
    let rows: Vec<Value> = serde_json::from_str(&json.out).unwrap();
    let times: Vec<_> =
        rows.iter().map(|row| row["last"].as_str().unwrap().parse::<Timestamp>().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");

    let mut watch = world.command(&["events", "town", "--watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = async |word: &str| {
        let found = async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it goes on");
                if line.contains(word) {
                    return line;
                }
            }
        };
        tokio::time::timeout(crate::support::PATIENCE, found).await.expect(word)
    };
    next("Deployment town-items").await;
    // The operator repairs this, and says so.
    let edit = r#"[{"op": "replace", "path": "/spec/ports/0/port", "value": 81}]"#;
    let edited = world
        .cluster
        .kubectl()
        .args([
            "patch",
            "service",
            "town-dispatcher",
            "--type=json",
            "-p",
            edit,
            "--namespace",
            &world.namespace,
        ])
        .status();
    assert!(edited.await.unwrap().success());
    let line = next("Repaired").await;
    assert!(line.contains("PawnShop town") && line.contains("Service town-dispatcher"), "{line}");
    let pid = watch.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = tokio::time::timeout(crate::support::PATIENCE, watch.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
}
