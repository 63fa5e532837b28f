//! The certificate that is shown, and what is asked of clients in a handshake. Both may change at any moment: the
//! certificate is looked up for each handshake, and a client's is judged for each request ([`super::trust`]).

use super::certificates::Stock;
use k8s_openapi::api::core::v1::Secret;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use std::sync::Arc;
use tokio::sync::watch;

/// What is shown; `None`: nothing yet.
pub(super) type Leaf = Option<Arc<CertifiedKey>>;

/// The cryptography, whichever the process has chosen else.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Takes over the certificate of the Secret as it is now. The one before is shown where there is none.
pub(super) fn take(secret: Option<Secret>, shown: &watch::Sender<Leaf>) {
    let Some(current) = secret.as_ref().and_then(|secret| Stock::of(secret).current) else {
        tracing::debug!("there is no certificate yet to serve external metrics with");
        return;
    };
    match current.certified_key() {
        Ok(key) => drop(shown.send_replace(Some(Arc::new(key)))),
        Err(error) => tracing::warn!(%error, "the certificate for external metrics cannot be used"),
    }
}

/// How connections are secured.
pub(super) fn config(leaf: watch::Receiver<Leaf>) -> Result<Arc<ServerConfig>, Error> {
    let provider = provider();
    let ask = Arc::new(Ask(provider.signature_verification_algorithms));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(ask)
        .with_cert_resolver(Arc::new(Shown(leaf)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct Shown(watch::Receiver<Leaf>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Leaf {
        self.0.borrow().clone()
    }
}

/// Asks for a certificate, and for proof that its key is at hand. Whose it is does not decide about the connection:
/// anybody may see what is there, and the answer to the rest is better told by HTTP.
#[derive(Debug)]
struct Ask(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for Ask {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
