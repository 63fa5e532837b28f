//! Who asks (decision K6). The API server lets somebody through and says in headers who it is; that counts only from a
//! client whose certificate its own authority signed, under a name that it allows. Both stand in a ConfigMap.
//!
//! Source: k8s.io/apiserver/pkg/authentication/request/headerrequest.

#[cfg(test)]
pub(super) mod tests;

use super::serving::provider;
use http::HeaderMap;
use k8s_openapi::api::core::v1::ConfigMap;
use percent_encoding::percent_decode_str;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Somebody whom the API server let through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) uid: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) extra: BTreeMap<String, Vec<String>>,
}

/// By what an API server is known, and how it names callers.
#[derive(Debug)]
pub(super) struct FrontProxy {
    verifier: Arc<dyn ClientCertVerifier>,
    /// Common names; empty: any.
    allowed_names: Vec<String>,
    user_headers: Vec<String>,
    uid_headers: Vec<String>,
    group_headers: Vec<String>,
    extra_prefixes: Vec<String>,
}

/// The API servers' configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigurationError {
    #[error("requestheader-client-ca-file is missing: this API server lets nobody through to other servers")]
    NoAuthority,
    #[error("requestheader-client-ca-file holds no certificates that can be used: {0}")]
    ReadAuthority(String),
    #[error("{key} is no list of texts: {source}")]
    ReadList { key: &'static str, source: serde_json::Error },
}

/// Why it is not known who asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Distrust {
    #[error("the API server's configuration is not known yet")]
    NothingKnown,
    #[error("no client certificate was shown")]
    NoCertificate,
    #[error("the client certificate is not one of the API server's: {0}")]
    Foreign(String),
    #[error("the client certificate's name {0:?} is not one that the API server allows")]
    Name(String),
    #[error("no user is named")]
    NoUser,
}

/// Takes over what an API server's ConfigMap says now. What was known stays where nothing can be read.
pub(super) fn take(configured: Option<ConfigMap>, known: &watch::Sender<Option<Arc<FrontProxy>>>) {
    let Some(configured) = configured else {
        tracing::warn!(
            "there is no ConfigMap kube-system/extension-apiserver-authentication; the API server makes it anew"
        );
        return;
    };
    match FrontProxy::of(&configured) {
        Ok(front_proxy) => drop(known.send_replace(Some(Arc::new(front_proxy)))),
        Err(error) => {
            tracing::warn!(%error, "the ConfigMap kube-system/extension-apiserver-authentication cannot be used");
        }
    }
}

impl FrontProxy {
    /// What a ConfigMap says.
    pub(super) fn of(configured: &ConfigMap) -> Result<Self, ConfigurationError> {
        let text = |key: &str| configured.data.as_ref()?.get(key).filter(|text| !text.is_empty());
        let list = |key: &'static str| -> Result<Vec<String>, ConfigurationError> {
            let Some(text) = text(key) else { return Ok(Vec::new()) };
            serde_json::from_str(text).map_err(|source| ConfigurationError::ReadList { key, source })
        };
        let authority = text("requestheader-client-ca-file").ok_or(ConfigurationError::NoAuthority)?;
        Ok(Self {
            verifier: verifier(authority).map_err(ConfigurationError::ReadAuthority)?,
            allowed_names: list("requestheader-allowed-names")?,
            user_headers: list("requestheader-username-headers")?,
            uid_headers: list("requestheader-uid-headers")?,
            group_headers: list("requestheader-group-headers")?,
            extra_prefixes: list("requestheader-extra-headers-prefix")?,
        })
    }

    /// Whom a client says it lets through, if it is an API server: `shown` is its certificate, and those that vouch for
    /// it.
    pub(super) fn identify(
        &self,
        shown: &[CertificateDer<'_>],
        headers: &HeaderMap,
    ) -> Result<Caller, Distrust> {
        let (own, vouching) = shown.split_first().ok_or(Distrust::NoCertificate)?;
        self.verifier
            .verify_client_cert(own, vouching, UnixTime::now())
            .map_err(|error| Distrust::Foreign(error.to_string()))?;
        if !self.allowed_names.is_empty() {
            let name = common_name(own);
            if !self.allowed_names.contains(&name) {
                return Err(Distrust::Name(name));
            }
        }
        let first = |names: &[String]| names.iter().find_map(|name| values(headers, name).next());
        Ok(Caller {
            user: first(&self.user_headers).ok_or(Distrust::NoUser)?,
            uid: first(&self.uid_headers),
            groups: self.group_headers.iter().flat_map(|name| values(headers, name)).collect(),
            extra: self.extra(headers),
        })
    }

    fn extra(&self, headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
        let mut extra = BTreeMap::<_, Vec<_>>::new();
        for prefix in &self.extra_prefixes {
            // Names of headers come in lower case.
            let prefix = prefix.to_ascii_lowercase();
            for name in headers.keys() {
                if let Some(key) = name.as_str().strip_prefix(&prefix) {
                    let key = percent_decode_str(key).decode_utf8_lossy().to_lowercase();
                    extra.entry(key).or_default().extend(values(headers, name.as_str()));
                }
            }
        }
        extra
    }
}

fn verifier(authority: &str) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
    verifier.build().map_err(|error| error.to_string())
}

fn common_name(certificate: &CertificateDer<'_>) -> String {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return String::new() };
    let mut names = certificate.subject().iter_common_name();
    names.next().and_then(|name| name.as_str().ok()).unwrap_or_default().to_owned()
}

/// The values of a header that say something.
fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .filter(|value| !value.is_empty())
}
