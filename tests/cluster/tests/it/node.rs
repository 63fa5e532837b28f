use crate::{PATIENCE, can_run, kubectl};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::Api;
use kube::api::PostParams;
use kube::runtime::conditions::is_pod_running;
use kube::runtime::wait::await_condition;
use pawnshop_cluster::{Cluster, Level};
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

#[tokio::test]
async fn pods_and_services_are_reached_from_the_machine_and_by_name() {
    if !can_run(Level::Node, "node::pods_and_services_are_reached_from_the_machine_and_by_name") {
        return;
    }
    let cluster = Cluster::node().await.unwrap();
    let namespace = cluster.namespace("served").await.unwrap();
    let pod = run(cluster, &namespace, "clerk", cluster.pod_image()).await;
    let service = serve(cluster, &namespace, "counter", "clerk").await;

    assert_eq!(get(&format!("http://{pod}:8080/")).await, "clerk");
    assert_eq!(get(&format!("http://{service}/")).await, "clerk");
    let name = format!("counter.{namespace}.svc.cluster.local");
    assert_eq!(get(&format!("http://{pod}:8080/resolve/{name}")).await, service);
    assert_eq!(get(&format!("http://{pod}:8080/resolve/counter")).await, service, "by the short name");
    assert_eq!(get(&format!("http://{pod}:8080/connect/counter:80")).await, "connected");
    assert_eq!(get(&format!("http://{pod}:8080/connect/kubernetes.default:443")).await, "connected");
}

#[tokio::test]
async fn an_image_that_was_loaded_runs() {
    if !can_run(Level::Node, "node::an_image_that_was_loaded_runs") {
        return;
    }
    let cluster = Cluster::node().await.unwrap();
    let namespace = cluster.namespace("loaded").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("appraiser.tar");
    let program = cluster.program("pod");
    let packed = Command::new(&program)
        .args(["image", "docker.io/pawnshop/appraiser:7"])
        .args([&program, &tar])
        .status()
        .await
        .unwrap();
    assert!(packed.success());
    cluster.load_image(&tar).await.unwrap();
    // As a user writes it.
    let pod = run(cluster, &namespace, "appraiser", "pawnshop/appraiser:7").await;
    assert_eq!(get(&format!("http://{pod}:8080/")).await, "appraiser");
}

#[tokio::test]
async fn what_is_no_image_is_refused() {
    if !can_run(Level::Node, "node::what_is_no_image_is_refused") {
        return;
    }
    let cluster = Cluster::node().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("none.tar");
    std::fs::write(&tar, "no tar").unwrap();
    let refused = cluster.load_image(&tar).await.unwrap_err().to_string();
    assert!(refused.starts_with("containerd does not take") && refused.contains("none.tar"), "{refused}");
}

#[tokio::test]
async fn pods_reach_a_server_of_the_machine_through_a_relay() {
    if !can_run(Level::Node, "node::pods_reach_a_server_of_the_machine_through_a_relay") {
        return;
    }
    let cluster = Cluster::node().await.unwrap();
    let namespace = cluster.namespace("relayed").await.unwrap();
    let pod = run(cluster, &namespace, "clerk", cluster.pod_image()).await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = cluster.relay(server.local_addr().unwrap()).await.unwrap();
    let url = format!("http://{pod}:8080/connect/{}", relay.address());
    let (told, taken) = tokio::join!(get(&url), tokio::time::timeout(PATIENCE, server.accept()));
    assert_eq!(told, "connected");
    taken.expect("in time").unwrap();
}

#[tokio::test]
async fn kubectl_forwards_ports_of_pods() {
    if !can_run(Level::Node, "node::kubectl_forwards_ports_of_pods") {
        return;
    }
    let cluster = Cluster::node().await.unwrap();
    let namespace = cluster.namespace("forwarded").await.unwrap();
    run(cluster, &namespace, "clerk", cluster.pod_image()).await;
    let mut forward = cluster
        .kubectl()
        .args(["port-forward", "--namespace", &namespace, "pod/clerk", ":8080"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(forward.stdout.take().unwrap()).lines();
    // "Forwarding from 127.0.0.1:PORT -> 8080"
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let address = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).unwrap();
    assert_eq!(get(&format!("http://{address}/")).await, "clerk");
}

/// Runs the test server in a pod as restricted as the shop's are, and gives its address.
pub(crate) async fn run(cluster: &Cluster, namespace: &str, name: &str, image: &str) -> String {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "server",
                "image": image,
                "imagePullPolicy": "Never",
                "args": ["serve"],
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "readOnlyRootFilesystem": true,
                    "capabilities": {"drop": ["ALL"]},
                },
                "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}},
                "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
            }],
        },
    }))
    .unwrap();
    let pods: Api<Pod> = Api::namespaced(cluster.client().await.unwrap(), namespace);
    pods.create(&PostParams::default(), &pod).await.unwrap();
    let running = tokio::time::timeout(PATIENCE, await_condition(pods, name, is_pod_running())).await;
    if running.is_err() {
        panic!("{}", kubectl(cluster, &["describe", "pod", "--namespace", namespace, name]).await);
    }
    kubectl(
        cluster,
        &["wait", "--namespace", namespace, "--for=condition=Ready", "--timeout=60s", "pod", name],
    )
    .await;
    kubectl(cluster, &["get", "pod", "--namespace", namespace, name, "--output=jsonpath={.status.podIP}"])
        .await
}

/// A service before a pod; gives its address.
async fn serve(cluster: &Cluster, namespace: &str, name: &str, pod: &str) -> String {
    let service: Service = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"selector": {"app": pod}, "ports": [{"port": 80, "targetPort": 8080}]},
    }))
    .unwrap();
    let services: Api<Service> = Api::namespaced(cluster.client().await.unwrap(), namespace);
    let made = services.create(&PostParams::default(), &service).await.unwrap();
    made.spec.unwrap().cluster_ip.unwrap()
}

/// The answer of a server, once it gives one: rules and names follow a moment after what they are for.
async fn get(url: &str) -> String {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let mut answer = None;
    crate::eventually(&format!("{url} answers"), async || {
        let response = http.get(url).send().await.and_then(reqwest::Response::error_for_status);
        answer = match response {
            Ok(response) => response.text().await.ok(),
            Err(_) => None,
        };
        answer.is_some()
    })
    .await;
    answer.unwrap().trim().to_owned()
}
