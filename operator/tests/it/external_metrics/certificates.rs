use super::stage::{NAME, Replica, Stage};
use crate::support::eventually;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use pawnshop_operator::external_metrics::{CertificateTimes, ExternalMetricsOptions, Registration};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// Due twenty seconds after it was made, and served six seconds after it was announced: within these the API server
/// must hear of it.
const OFTEN: CertificateTimes = CertificateTimes {
    lifetime: Duration::from_secs(620),
    renewal: Duration::from_secs(600),
    settle: Duration::from_secs(6),
};

/// The certificate that a replica shows to whoever connects now, if it has one.
async fn shown(replica: &Replica) -> Option<Vec<u8>> {
    let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).tls_info(true);
    let answer = client.build().unwrap().get(format!("https://{}/healthz", replica.address())).send();
    let answer = answer.await.ok()?;
    let shown = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
    shown.peer_certificate().map(<[u8]>::to_vec)
}

#[tokio::test]
async fn certificates_are_renewed_twice_with_requests_under_way_and_none_fails() {
    let test = "external_metrics::certificates::certificates_are_renewed_twice_with_requests_under_way_and_none_fails";
    let Some(stage) = Stage::new(test).await else { return };
    let options = ExternalMetricsOptions { certificates: OFTEN, ..stage.options() };
    let first = stage.replica("first", options.clone()).await;
    first.tells(|told| *told == Registration::Ours).await;
    let second = stage.replica("second", options).await;
    let secrets = Api::<Secret>::namespaced(stage.client(), &stage.world.namespace);
    let kept = async || {
        let secret = secrets.get(NAME).await.unwrap();
        let ByteString(pem) = secret.data.unwrap().remove("tls.crt").unwrap();
        CertificateDer::from_pem_slice(&pem).unwrap().to_vec()
    };
    let is_shown_by_all = async || {
        let kept = Some(kept().await);
        shown(&first).await == kept && shown(&second).await == kept
    };
    eventually("both show the certificate that is kept", is_shown_by_all).await;
    eventually("the API server asks here", async || stage.raw("").await.is_ok()).await;

    let (answered, failed) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(Vec::new())));
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let (client, answered, failed) = (stage.client(), Arc::clone(&answered), Arc::clone(&failed));
            let path = format!(
                "/apis/external.metrics.k8s.io/v1beta1/namespaces/{}/pawnshop_backlog",
                stage.world.namespace
            );
            AbortOnDropHandle::new(tokio::spawn(async move {
                loop {
                    let request = http::Request::get(&path).body(Vec::new()).unwrap();
                    match client.request_text(request).await {
                        Ok(_) => {
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => failed.lock().unwrap().push(error.to_string()),
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }))
        })
        .collect();
    let mut seen = BTreeSet::new();
    eventually("there were two renewals", async || {
        seen.insert(kept().await);
        seen.len() > 2
    })
    .await;
    eventually("both show the certificate that is kept", is_shown_by_all).await;
    drop(asking);
    assert_eq!(*failed.lock().unwrap(), Vec::<String>::new());
    let answered = answered.load(Ordering::Relaxed);
    assert!(answered > 100, "{answered} answered");
}
