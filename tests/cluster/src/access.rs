//! Who acts on a cluster, and where.

use crate::Cluster;
use anyhow::{Context, Result, anyhow};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{ObjectMeta, PostParams};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Config};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the default ServiceAccount of a namespace may take to appear.
const SERVED: Duration = Duration::from_secs(30);
/// How long the token of a ServiceAccount is good for: longer than any test.
const TOKEN_SECONDS: i64 = 6 * 60 * 60;

impl Cluster {
    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.home().join("kubeconfig")
    }

    /// A client of the administrator's. It belongs to the runtime that it is made in: each test makes its own.
    ///
    /// # Errors
    /// When the kubeconfig is not as it was left.
    pub async fn client(&self) -> Result<Client> {
        client(&self.kubeconfig()).await
    }

    /// A client with the rights of a ServiceAccount that exists, and no others; as [`Cluster::client`] else.
    ///
    /// # Errors
    /// When the API server gives no token.
    pub async fn client_of(&self, namespace: &str, account: &str) -> Result<Client> {
        client(&self.kubeconfig_of(namespace, account).await?).await
    }

    /// A new namespace, its name beginning with `prefix`, in which pods can be made: a place of its own for a
    /// test that shares its cluster.
    ///
    /// # Errors
    /// When the API server refuses, or nothing acts on the namespace.
    pub async fn namespace(&self, prefix: &str) -> Result<String> {
        let client = self.client().await?;
        let metadata = ObjectMeta { generate_name: Some(format!("{prefix}-")), ..Default::default() };
        let namespace = Namespace { metadata, ..Default::default() };
        let made = Api::all(client.clone()).create(&PostParams::default(), &namespace).await?;
        let name = made.metadata.name.context("a namespace without a name")?;
        // Until it is there, no pod is admitted.
        let accounts: Api<ServiceAccount> = Api::namespaced(client, &name);
        let exists = |account: Option<&ServiceAccount>| account.is_some();
        tokio::time::timeout(SERVED, await_condition(accounts, "default", exists))
            .await
            .map_err(|_| anyhow!("namespace {name} has no default ServiceAccount after {SERVED:?}"))??;
        Ok(name)
    }

    /// A kubeconfig with the rights of a ServiceAccount that exists, and no others, in a file that goes with
    /// the cluster.
    ///
    /// # Errors
    /// When the API server gives no token.
    pub async fn kubeconfig_of(&self, namespace: &str, account: &str) -> Result<PathBuf> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client().await?, namespace);
        let spec = TokenRequestSpec { expiration_seconds: Some(TOKEN_SECONDS), ..Default::default() };
        let request = TokenRequest { spec, ..Default::default() };
        let answer = accounts.create_token_request(account, &PostParams::default(), &request).await?;
        let token = answer.status.context("no token in the answer")?.token;
        let mut kubeconfig = Kubeconfig::read_from(self.kubeconfig())?;
        for user in &mut kubeconfig.auth_infos {
            user.auth_info = Some(AuthInfo { token: Some(token.clone().into()), ..Default::default() });
        }
        let path = self.home().join("keys").join(format!("{namespace}-{account}.kubeconfig"));
        std::fs::write(&path, serde_yaml::to_string(&kubeconfig)?)?;
        Ok(path)
    }
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    pawnshop_runtime::tls::install_provider();
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(Client::try_from(config)?)
}
