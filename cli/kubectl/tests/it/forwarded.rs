use crate::support::{World, eventually, example};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, PostParams};
use pawnshop_cluster::Level;
use pawnshop_image::{contents, layout};
use serde_json::json;
use std::fs::File;

const IMAGE: &str = "docker.io/pawnshop/under-test:1";

/// A shop in one process, in a pod that is labelled as a dispatcher of the shop `town`; gives its address.
async fn dispatcher(world: &World) -> String {
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("image.tar");
    let tree = contents(&[example("shop_under_test")], folder.path()).unwrap();
    layout(&tree, &IMAGE.parse().unwrap(), File::create(&tar).unwrap()).unwrap();
    world.cluster.load_image(&tar).await.unwrap();
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {
            "name": "town-dispatcher-5c9-aaaaa",
            "labels": {"pawnshop.dev/shop": "town", "app.kubernetes.io/component": "dispatcher"},
        },
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsNonRoot": true, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": [{"name": "data", "emptyDir": {}}],
            "containers": [{
                "name": "dispatcher",
                "image": IMAGE,
                "imagePullPolicy": "Never",
                "command": ["shop_under_test", "up", "--listen", "0.0.0.0:8080", "--admin-listen", "127.0.0.1:8081", "--data", "/data/shop"],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
                "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
            }],
        },
    }))
    .unwrap();
    let pods = Api::<Pod>::namespaced(world.client.clone(), &world.namespace);
    pods.create(&PostParams::default(), &pod).await.unwrap();
    let mut address = None;
    eventually("the pod is ready", async || {
        let status = pods.get("town-dispatcher-5c9-aaaaa").await.unwrap().status.unwrap_or_default();
        let ready =
            status.conditions.iter().flatten().any(|told| told.type_ == "Ready" && told.status == "True");
        address = status.pod_ip;
        ready
    })
    .await;
    address.unwrap()
}

#[tokio::test]
async fn items_and_dead_letters_are_reached_through_the_api_server() {
    let test = "forwarded::items_and_dead_letters_are_reached_through_the_api_server";
    let Some(world) = World::new(Level::Node, test).await else { return };
    world.apply_shop("town").await;
    let none = world.plugin(&["get", "town", "violin"]).await;
    assert_eq!(none.code, Some(1));
    assert!(
        none.err.contains("town has no dispatcher pod that is ready: `kubectl pawnshop status town"),
        "{none:?}"
    );

    let address = dispatcher(&world).await;
    let http = reqwest::Client::new();
    for (price, status) in [(125_000, 201), (1, 422)] {
        let item = json!({"id": "violin", "name": "Violin", "category": "collection", "price": price, "state": "good", "ageInMonths": 240});
        let post = http.post(format!("http://{address}:8080/item/add")).json(&item);
        let answer =
            post.header("prefer", "wait=30").header("idempotency-key", "till-7").send().await.unwrap();
        assert_eq!(answer.status(), status);
    }

    let item = world.plugin(&["get", "town", "violin"]).await;
    assert_eq!(item.code, Some(0), "{item:?}");
    assert!(item.out.contains("Violin") && item.out.contains("125000"), "{item:?}");
    let unknown = world.plugin(&["get", "town", "cello"]).await;
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.err.contains("cello"), "{unknown:?}");

    // The admin listener is on the pod's loopback, and looks at Host.
    let letters = world.plugin(&["dlq", "town", "list", "-o", "json"]).await;
    assert_eq!(letters.code, Some(0), "{letters:?}");
    let letters: serde_json::Value = serde_json::from_str(&letters.out).unwrap();
    let id = letters[0]["id"].as_str().expect("the event whose key was used before").to_owned();
    let shown = world.plugin(&["dlq", "town", "show", &id]).await;
    assert!(shown.out.contains(&id), "{shown:?}");
    let dropped = world.plugin(&["dlq", "town", "drop", &id]).await;
    assert_eq!((dropped.code, dropped.out), (Some(0), format!("{id} dropped\n")));
    assert_eq!(world.plugin(&["dlq", "town", "list"]).await.out, "no dead letters\n");

    let status = world.plugin(&["status", "town", "-o", "wide"]).await;
    assert!(status.out.contains("no operator has looked at it") && status.code == Some(3), "{status:?}");

    let pods = Api::<Pod>::namespaced(world.client.clone(), &world.namespace);
    pods.delete("town-dispatcher-5c9-aaaaa", &DeleteParams::default()).await.unwrap();
}
