use super::stage::{Replica, Stage};
use crate::support::eventually;
use pawnshop_operator::external_metrics::Registration;
use reqwest::StatusCode;

/// Asks a replica past the API server, with a certificate of this name from the cluster's folder, as this user; `None`:
/// it does not answer, as before it has a certificate to show.
async fn ask(stage: &Stage, replica: &Replica, shown: Option<&str>, user: &str) -> Option<StatusCode> {
    let mut client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true);
    if let Some(name) = shown {
        let keys = stage.world.cluster.kubeconfig().with_file_name("keys");
        let read = |end: &str| std::fs::read(keys.join(format!("{name}.{end}"))).unwrap();
        let both = [read("key"), read("crt")].concat();
        client = client.identity(reqwest::Identity::from_pem(&both).unwrap());
    }
    let uri = format!(
        "https://{}/apis/external.metrics.k8s.io/v1beta1/namespaces/{}/pawnshop_backlog",
        replica.address(),
        stage.world.namespace
    );
    let request = client.build().unwrap().get(uri).header("X-Remote-User", user);
    Some(request.send().await.ok()?.status())
}

#[tokio::test]
async fn only_the_api_server_is_believed_and_only_those_with_the_right_are_answered() {
    let test =
        "external_metrics::trust::only_the_api_server_is_believed_and_only_those_with_the_right_are_answered";
    let Some(stage) = Stage::new(test).await else { return };
    let replica = stage.replica("first", stage.options()).await;
    replica.tells(|told| *told == Registration::Ours).await;
    let autoscaler = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
    let server = Some("front-proxy-client");
    eventually("whoever has the right is answered", async || {
        ask(&stage, &replica, server, autoscaler).await == Some(StatusCode::OK)
    })
    .await;
    assert_eq!(ask(&stage, &replica, server, "system:anonymous").await, Some(StatusCode::FORBIDDEN));
    assert_eq!(ask(&stage, &replica, None, autoscaler).await, Some(StatusCode::UNAUTHORIZED));
    assert_eq!(ask(&stage, &replica, Some("admin"), autoscaler).await, Some(StatusCode::UNAUTHORIZED));
}
