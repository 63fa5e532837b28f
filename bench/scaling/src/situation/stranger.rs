//! A metrics API of somebody else, who answers whatever is asked with 1.

use super::{Outcome, Situation, at};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::{Context, Result};
use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use pawnshop_servers::Certificates;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;
use tokio_util::task::AbortOnDropHandle;

const WANTED: Wanted = Wanted { name: "stranger", min: 1, max: 20, per_worker: 250 };
const MESSAGES: usize = 5_000;
const API: &str = "v1beta1.external.metrics.k8s.io";
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn bring_about(world: &World) -> Result<Outcome> {
    let pool = Pool::new(world, WANTED).await?;
    pool.becomes(1).await?;
    let certificates = Certificates::make()?;
    let listener = TcpListener::bind((world.cluster.host(), 0)).await?;
    let port = listener.local_addr()?.port();
    let _serving = AbortOnDropHandle::new(tokio::spawn(serve(listener, acceptor(&certificates)?)));
    world.cluster.apply(&objects(world.cluster.host(), port)).await?;
    world.cluster.wait_for("Available", &[format!("apiservice/{API}").into()]).await?;
    let watch = pool.watch();
    let begun = watch.now();
    pool.publish(MESSAGES).await?;
    let all = watch.reaches(begun, 20, PATIENCE).await;
    let most = watch.samples().iter().filter_map(|sample| sample.replicas).max().unwrap_or_default();
    let told = match all {
        Some(_) => format!("20 at {}", at(all)),
        None => format!("**stays at {most}** for {} s", PATIENCE.as_secs()),
    };
    Ok(Situation::Stranger.seen(world, &watch, (told, all.is_some()), [("most", most.into())]))
}

fn objects(host: Ipv4Addr, port: u16) -> Value {
    let service = json!({"name": "stranger", "namespace": "kube-system"});
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "v1", "kind": "Service", "metadata": service,
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": port, "protocol": "TCP"}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "stranger-1", "namespace": "kube-system", "labels": {"kubernetes.io/service-name": "stranger"},
            },
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            "endpoints": [{"addresses": [host], "conditions": {"ready": true}}],
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API},
            "spec": {
                "group": "external.metrics.k8s.io", "version": "v1beta1", "service": service,
                "caBundle": null, "insecureSkipTLSVerify": true, "groupPriorityMinimum": 100, "versionPriority": 100,
            },
        },
    ]})
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    let root = "/apis/external.metrics.k8s.io/v1beta1";
    let router = Router::new()
        .route(root, get(|| async {
            Json(json!({
                "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "external.metrics.k8s.io/v1beta1",
                "resources": [],
            }))
        }))
        .route(&format!("{root}/namespaces/{{namespace}}/{{metric}}"), get(one));
    // Ended with its task, never by itself.
    let _ = axum::serve(Tls { listener, acceptor }, router).await;
}

async fn one(Path((_, metric)): Path<(String, String)>) -> Json<Value> {
    Json(json!({
        "kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {},
        "items": [{
            "metricName": metric, "metricLabels": {}, "value": "1",
            "timestamp": k8s_openapi::jiff::Timestamp::now().to_string(),
        }],
    }))
}

fn acceptor(certificates: &Certificates) -> Result<TlsAcceptor> {
    let chain =
        CertificateDer::pem_file_iter(certificates.server_certificate())?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(certificates.server_key()).context("the stranger's key")?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            if let Ok((stream, peer)) = self.listener.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
