//! Which certificate is served, which is next, and when: pure but for the making of keys.
//!
//! A certificate is signed by an authority of its own, whose key is thrown away: it signs nothing else, ever. So to
//! renew one is to renew both, in steps between which every API server must have time to hear of it: the next one's
//! authority is announced in the APIService beside the current one's; after a while the next becomes the current one;
//! and the authority of the one before stays in the APIService until it expires, so that a replica which has not heard
//! yet is still believed. See docs/adr/0012.

#[cfg(test)]
mod tests;

use super::serving::provider;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;
use x509_parser::prelude::{FromDer, X509Certificate};

/// How far apart clocks may be.
const SKEW: Duration = Duration::from_secs(60 * 60);

/// How long certificates last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateTimes {
    /// From its making to its end.
    pub lifetime: Duration,
    /// How long before its end one is replaced; shorter than `lifetime`.
    pub renewal: Duration,
    /// How long API servers have been told of the next one before it is served: less than half of `renewal`, and of what
    /// that leaves of `lifetime`.
    pub settle: Duration,
}

/// A certificate to serve with, its key, and the authority that signed it: PEM.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Issued {
    pub(super) authority: String,
    certificate: String,
    key: String,
}

/// The certificates that there are, as a Secret holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stock {
    /// The one that is served.
    pub(super) current: Option<Issued>,
    /// The one that will be.
    pub(super) next: Option<Issued>,
    /// The authorities of those that were, PEM.
    pub(super) previous: Vec<String>,
}

/// A certificate that cannot be made, or used.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertificateError {
    #[error("no certificate can be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("it is no PEM: {0}")]
    ReadPem(#[from] rustls::pki_types::pem::Error),
    #[error("its key does not fit: {0}")]
    Use(#[from] rustls::Error),
}

/// What the certificates are to be instead; `None`: as they are. `is_announced`: every API server knows the authority of
/// the next one by now. `host`: the name that API servers look for in one.
pub(super) fn plan(
    stock: &Stock,
    host: &str,
    times: &CertificateTimes,
    is_announced: bool,
    now: SystemTime,
) -> Result<Option<Stock>, CertificateError> {
    let mut planned = stock.clone();
    planned.next = planned.next.filter(|next| next.serves(host, now) && !next.is_due(times, now));
    match planned.current.take().filter(|current| current.serves(host, now)) {
        // Nobody is served: there is nothing to be careful about.
        None => planned.current = Some(issue(host, times, now)?),
        Some(current) if planned.next.is_some() && is_announced => {
            planned.previous.push(current.authority);
            planned.current = planned.next.take();
        }
        Some(current) => {
            if planned.next.is_none() && current.is_due(times, now) {
                planned.next = Some(issue(host, times, now)?);
            }
            planned.current = Some(current);
        }
    }
    planned.previous.retain(|authority| end(authority).is_some_and(|end| now < end));
    Ok((planned != *stock).then_some(planned))
}

fn issue(host: &str, times: &CertificateTimes, now: SystemTime) -> Result<Issued, CertificateError> {
    let params = |names: &[String]| -> Result<CertificateParams, rcgen::Error> {
        let mut params = CertificateParams::new(names)?;
        params.not_before = (now - SKEW).into();
        params.not_after = (now + times.lifetime).into();
        Ok(params)
    };
    let mut authority = params(&[])?;
    // API servers tell authorities apart by their names as well.
    let name = format!("pawnshop external metrics {}", Uuid::now_v7());
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let signing = KeyPair::generate()?;
    let signed = authority.self_signed(&signing)?.pem();

    let mut certificate = params(&[host.to_owned()])?;
    certificate.distinguished_name.push(DnType::CommonName, "pawnshop external metrics");
    certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    certificate.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = certificate.signed_by(&key, &Issuer::new(authority, signing))?;
    Ok(Issued { authority: signed, certificate: certificate.pem(), key: key.serialize_pem() })
}

impl Issued {
    /// What a listener serves with.
    pub(super) fn certified_key(&self) -> Result<CertifiedKey, CertificateError> {
        let chain = CertificateDer::pem_slice_iter(self.certificate.as_bytes()).collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())?;
        Ok(CertifiedKey::from_der(chain, key, &provider())?)
    }

    /// Whether whoever trusts its authority, and that alone, believes it to be this host now.
    fn serves(&self, host: &str, now: SystemTime) -> bool {
        let Ok(certified) = self.certified_key() else { return false };
        let Ok(host) = ServerName::try_from(host) else { return false };
        let Some((own, vouching)) = certified.cert.split_first() else { return false };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(&self.authority));
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
        let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        verifier.is_ok_and(|verifier| verifier.verify_server_cert(own, vouching, &host, &[], now).is_ok())
    }

    /// Whether it is to be replaced.
    fn is_due(&self, times: &CertificateTimes, now: SystemTime) -> bool {
        end(&self.certificate).is_none_or(|end| end <= now + times.renewal)
    }
}

/// The key is nobody's to see.
impl fmt::Debug for Issued {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Issued").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

const AUTHORITY: &str = "ca.crt";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const NEXT: &str = "next-";
const PREVIOUS: &str = "previous-ca.crt";

impl Stock {
    /// What a Secret holds.
    pub(super) fn of(secret: &Secret) -> Self {
        let text = |key: &str| {
            let ByteString(text) = secret.data.as_ref()?.get(key)?;
            String::from_utf8(text.clone()).ok()
        };
        let issued = |prefix: &str| {
            let [authority, certificate, key] =
                [AUTHORITY, CERTIFICATE, KEY].map(|name| text(&format!("{prefix}{name}")));
            Some(Issued { authority: authority?, certificate: certificate?, key: key? })
        };
        Self {
            current: issued(""),
            next: issued(NEXT),
            previous: text(PREVIOUS).as_deref().map(blocks).unwrap_or_default(),
        }
    }

    /// What a Secret is to hold.
    pub(super) fn data(&self) -> BTreeMap<String, ByteString> {
        let mut data = BTreeMap::new();
        let mut put = |key: String, text: &str| data.insert(key, ByteString(text.as_bytes().to_vec()));
        for (prefix, issued) in [("", &self.current), (NEXT, &self.next)] {
            if let Some(Issued { authority, certificate, key }) = issued {
                put(format!("{prefix}{AUTHORITY}"), authority);
                put(format!("{prefix}{CERTIFICATE}"), certificate);
                put(format!("{prefix}{KEY}"), key);
            }
        }
        if !self.previous.is_empty() {
            put(PREVIOUS.to_owned(), &self.previous.concat());
        }
        data
    }

    /// The authorities that API servers are to believe: PEM.
    pub(super) fn bundle(&self) -> String {
        let issued = [&self.current, &self.next].into_iter().flatten().map(|issued| &*issued.authority);
        let previous = self.previous.iter().map(String::as_str);
        issued.chain(previous).collect()
    }
}

const END: &str = "-----END CERTIFICATE-----";

/// The certificates of a text, each as a text of its own.
fn blocks(pem: &str) -> Vec<String> {
    let blocks = pem.split_inclusive(END).filter(|block| block.ends_with(END));
    blocks.map(|block| format!("{}\n", block.trim())).collect()
}

fn certificates(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok)
}

/// When a certificate ends.
fn end(pem: &str) -> Option<SystemTime> {
    let der = certificates(pem).next()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let seconds = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}
