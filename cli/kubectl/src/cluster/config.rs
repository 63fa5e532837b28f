use super::Cluster;
use crate::args::Global;
use crate::near::near;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use std::path::Path;
use std::time::Duration;

/// How long the API server may take to accept a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// How long it may say nothing at all: longer than a watch that is idle.
const READ_DEADLINE: Duration = Duration::from_secs(310);

/// Where one is whose context names no namespace.
const NAMESPACE: &str = "default";

/// Why there is no way to a cluster.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(
        "no cluster is configured: there is no kubeconfig (set KUBECONFIG, give --kubeconfig, or make ~/.kube/config)"
    )]
    NoKubeconfig,
    #[error("the kubeconfig cannot be read: {0}")]
    ReadKubeconfig(KubeconfigError),
    #[error("the kubeconfig has no current context: give --context ({})", .0.join(", "))]
    NoCurrentContext(Vec<String>),
    #[error("the kubeconfig has no context {name}; {}", hint(.name, .known))]
    NoContext { name: String, known: Vec<String> },
    #[error("the context {context} cannot be used: {source}")]
    UseContext { context: String, source: KubeconfigError },
    #[error("no client can be made for {name}: {source}")]
    BuildClient { name: String, source: Box<kube::Error> },
}

/// The cluster of these flags.
pub(super) async fn cluster(global: &Global) -> Result<Cluster, ConnectError> {
    let (mut config, name) = match kubeconfig(global.kubeconfig.as_deref()) {
        Ok(kubeconfig) => of_kubeconfig(kubeconfig, global.context.as_deref()).await?,
        // In a pod.
        Err(ConnectError::NoKubeconfig) if global.context.is_none() => match Config::incluster() {
            Ok(config) => (config, "the cluster of this pod".to_owned()),
            Err(_) => return Err(ConnectError::NoKubeconfig),
        },
        Err(error) => return Err(error),
    };
    config.connect_timeout = Some(CONNECT_DEADLINE);
    config.read_timeout = Some(READ_DEADLINE);
    config.reset_reader_on_write = true;
    config.auth_info.impersonate = global.impersonate.clone().or(config.auth_info.impersonate);
    let namespace = global.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let client = Client::try_from(config)
        .map_err(|source| ConnectError::BuildClient { name: name.clone(), source: Box::new(source) })?;
    Ok(Cluster { client, namespace, name, deadline: global.request_timeout })
}

/// The namespace that flags or the context name, without a cluster.
pub(crate) fn namespace(global: &Global) -> Option<String> {
    if let Some(namespace) = &global.namespace {
        return Some(namespace.clone());
    }
    let kubeconfig = kubeconfig(global.kubeconfig.as_deref()).ok()?;
    let context = global.context.clone().or(kubeconfig.current_context)?;
    let context = kubeconfig.contexts.into_iter().find(|known| known.name == context)?.context?;
    context.namespace
}

fn kubeconfig(path: Option<&Path>) -> Result<Kubeconfig, ConnectError> {
    let read = match path {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    read.map_err(|error| match error {
        KubeconfigError::FindPath => ConnectError::NoKubeconfig,
        KubeconfigError::ReadConfig(source, _)
            if path.is_none() && source.kind() == std::io::ErrorKind::NotFound =>
        {
            ConnectError::NoKubeconfig
        }
        error => ConnectError::ReadKubeconfig(error),
    })
}

async fn of_kubeconfig(
    kubeconfig: Kubeconfig,
    context: Option<&str>,
) -> Result<(Config, String), ConnectError> {
    let known: Vec<_> = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
    let current = kubeconfig.current_context.clone().filter(|name| !name.is_empty());
    let Some(name) = context.map(str::to_owned).or(current) else {
        return Err(ConnectError::NoCurrentContext(known));
    };
    if !known.contains(&name) {
        return Err(ConnectError::NoContext { name, known });
    }
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|source| ConnectError::UseContext { context: name.clone(), source })?;
    if config.default_namespace.is_empty() {
        config.default_namespace = NAMESPACE.to_owned();
    }
    let name = format!("{} (context {name})", config.cluster_url.to_string().trim_end_matches('/'));
    Ok((config, name))
}

fn hint(name: &str, known: &[String]) -> String {
    match near(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are: {}", known.join(", ")),
    }
}
