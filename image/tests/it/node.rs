use crate::image;
use pawnshop_cluster::{Cluster, Level};
use serde_json::json;

#[tokio::test]
async fn a_node_takes_the_image_and_a_restricted_pod_runs_its_programs_and_finds_services() {
    let test = "node::a_node_takes_the_image_and_a_restricted_pod_runs_its_programs_and_finds_services";
    if let Err(why) = Cluster::available(Level::Node) {
        pawnshop_servers::skip(test, &why);
        return;
    }
    let cluster = Cluster::node().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("image.tar");
    std::fs::write(&tar, image()).unwrap();
    cluster.load_image(&tar).await.unwrap();

    let namespace = cluster.namespace("restricted").await.unwrap();
    kubectl(cluster, &["label", "namespace", &namespace, "pod-security.kubernetes.io/enforce=restricted"])
        .await;
    let container = |name: &str, command: &[&str]| {
        json!({
            "name": name,
            "image": "docker.io/pawnshop/pawnshop:test",
            "imagePullPolicy": "Never",
            "command": command,
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": true,
            },
        })
    };
    // Its user is the image's: it is not root, and no number says so here.
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "once", "namespace": namespace},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                container("help", &["pawnshop-image", "--help"]),
                container("service", &["getent", "hosts", "kubernetes.default.svc.cluster.local"]),
            ],
        },
    });
    let file = folder.path().join("pod.json");
    std::fs::write(&file, pod.to_string()).unwrap();
    kubectl(cluster, &["create", "--filename", file.to_str().unwrap()]).await;
    let of = ["--namespace", &namespace];
    let done = ["wait", "pod/once", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"];
    kubectl(cluster, &[&done[..], &of].concat()).await;
    let told = kubectl(cluster, &[&["logs", "once", "--container=help"][..], &of].concat()).await;
    assert!(told.contains("Makes the container image"), "{told}");
    let told = kubectl(cluster, &[&["logs", "once", "--container=service"][..], &of].concat()).await;
    assert!(told.contains("kubernetes.default.svc.cluster.local"), "{told}");
}

async fn kubectl(cluster: &Cluster, arguments: &[&str]) -> String {
    let done = cluster.kubectl().args(arguments).output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{arguments:?}: {}{}", text(&done.stdout), text(&done.stderr));
    text(&done.stdout)
}
