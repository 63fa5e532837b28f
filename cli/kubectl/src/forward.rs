//! The way to a dispatcher through the API server, as `kubectl port-forward` takes it: no port is opened here.

use crate::cluster::{AskError, Cluster, Right};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt};
use pawnshop_cli::client::{Dial, Wire};
use pawnshop_operator::build::labels::Component;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Why no dispatcher can be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    #[error(transparent)]
    List(#[from] AskError),
    #[error(
        "{shop} has no dispatcher pod that is ready: `kubectl pawnshop status {shop} -n {namespace}` tells why"
    )]
    NoneReady { shop: String, namespace: String },
}

/// The way to a port of a dispatcher.
pub(crate) struct Forward {
    /// How messages name it.
    pub(crate) name: String,
    pub(crate) dial: Dial,
}

/// The way to this port of a dispatcher of the shop that is ready.
pub(crate) async fn to_dispatcher(cluster: &Cluster, shop: &str, port: u16) -> Result<Forward, ForwardError> {
    let namespace = &cluster.namespace;
    let pods = Api::<Pod>::namespaced(cluster.client.clone(), namespace);
    let dispatchers = ListParams::default().labels(&Component::Dispatcher.selector_text(shop));
    let found = cluster.list(&pods, &dispatchers, &Right::new("list", "pods", Some(namespace))).await?;
    let ready: Vec<_> = found.iter().filter(|pod| is_ready(pod)).map(ResourceExt::name_any).collect();
    let Some(first) = ready.first() else {
        return Err(ForwardError::NoneReady { shop: shop.to_owned(), namespace: namespace.clone() });
    };
    let name = format!("port {port} of the pod {first}");
    Ok(Forward { name, dial: dial(cluster, ready, port) })
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().filter_map(|status| status.conditions.as_ref()).flatten();
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready" && condition.status == "True");
    pod.metadata.deletion_timestamp.is_none() && ready.next().is_some()
}

/// One pod after the other is tried: it may have ended since.
fn dial(cluster: &Cluster, pods: Vec<String>, port: u16) -> Dial {
    let (client, namespace) = (cluster.client.clone(), cluster.namespace.clone());
    let told = cluster.teller(Right::new("create", "pods/portforward", Some(&namespace)));
    let told = Arc::new(told);
    Arc::new(move || {
        let (client, namespace, pods) = (client.clone(), namespace.clone(), pods.clone());
        let told = Arc::clone(&told);
        Box::pin(async move {
            let mut last = io::ErrorKind::NotFound.into();
            for pod in &pods {
                match open(&client, &namespace, pod, port).await {
                    Ok(wire) => return Ok(Box::new(wire) as Box<dyn Wire>),
                    Err(error) => last = io::Error::other(told(error)),
                }
            }
            Err(last)
        })
    })
}

async fn open(client: &Client, namespace: &str, pod: &str, port: u16) -> Result<Forwarded, kube::Error> {
    let pods = Api::<Pod>::namespaced(client.clone(), namespace);
    let mut forwarder = pods.portforward(pod, &[port]).await?;
    match (forwarder.take_stream(port), forwarder.take_error(port)) {
        (Some(stream), Some(error)) => {
            Ok(Forwarded { stream: Box::pin(stream), error: Some(Box::pin(error)) })
        }
        // Each is given once, and this is once.
        _ => Err(kube::Error::LinesCodecMaxLineLengthExceeded),
    }
}

/// A forwarded port. What the node says of one that cannot be reached is an error of reading.
struct Forwarded {
    stream: Pin<Box<dyn Wire>>,
    error: Option<Pin<Box<dyn Future<Output = Option<String>> + Send>>>,
}

impl AsyncRead for Forwarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = &mut self.error
            && let Poll::Ready(told) = error.as_mut().poll(context)
        {
            self.error = None;
            if let Some(told) = told {
                return Poll::Ready(Err(io::Error::other(told)));
            }
        }
        self.stream.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Forwarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}
