use crate::inspect::TlsParts;
use crate::options::TlsFile;
use crate::{StartError, Tls};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;
use std::sync::Arc;

/// How AMQP and the management API are spoken over TLS. The files are read once, at the start, so that what is wrong
/// with them is told then and not at each connect.
///
/// # Errors
/// The file that cannot be used, or why the process cannot use TLS at all.
pub(crate) fn client_config(tls: &Tls) -> Result<ClientConfig, StartError> {
    let builder = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::Tls(error.to_string()))?
        .with_root_certificates(authorities(tls)?);
    match (&tls.certificate_file, &tls.key_file) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(TlsFile::Certificate, certificate)?;
            let unusable = |why: String| unusable(TlsFile::Key, key, why);
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(words(&error)))?;
            builder.with_client_auth_cert(chain, secret).map_err(|error| {
                unusable(match error {
                    rustls::Error::InconsistentKeys(_) => {
                        format!("it is not the key of {}", certificate.display())
                    }
                    error => error.to_string(),
                })
            })
        }
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(_), None) => Err(StartError::Tls("a certificate file needs a key file".to_owned())),
        (None, Some(_)) => Err(StartError::Tls("a key file needs a certificate file".to_owned())),
    }
}

/// The same out of texts. What is not given: the system's authorities, and no certificate of the client's.
///
/// # Errors
/// In words without any of the texts, which one cannot be used.
pub(crate) fn client_config_of(parts: &TlsParts) -> Result<ClientConfig, StartError> {
    let unusable = |what: &str, why: String| StartError::Tls(format!("the {what} cannot be used: {why}"));
    let chain = |what: &str, pem: &SecretString| {
        let found =
            CertificateDer::pem_slice_iter(pem.expose_secret().as_bytes()).collect::<Result<Vec<_>, _>>();
        match found {
            Ok(found) if !found.is_empty() => Ok(found),
            Ok(_) => Err(unusable(what, words(&pem::Error::NoItemsFound))),
            Err(error) => Err(unusable(what, words(&error))),
        }
    };
    let mut roots = RootCertStore::empty();
    match &parts.ca {
        Some(ca) => {
            for certificate in chain("authorities", ca)? {
                roots.add(certificate).map_err(|error| unusable("authorities", error.to_string()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let builder = ClientConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::Tls(error.to_string()))?
        .with_root_certificates(roots);
    let Some((certificate, key)) = &parts.identity else { return Ok(builder.with_no_client_auth()) };
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes());
    let key = key.map_err(|error| unusable("key", words(&error)))?;
    let config = builder.with_client_auth_cert(chain("certificate", certificate)?, key);
    config.map_err(|error| unusable("key", error.to_string()))
}

/// What rustls computes with; it would panic at the first connection where the program has chosen nothing.
pub(crate) fn provider() -> Result<Arc<CryptoProvider>, StartError> {
    let chosen = CryptoProvider::get_default().map(Arc::clone);
    chosen.ok_or_else(|| StartError::Tls("the program has not installed a TLS provider".to_owned()))
}

/// The system's, where it has any, and those of the file.
fn authorities(tls: &Tls) -> Result<RootCertStore, StartError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &tls.ca_file {
        for certificate in certificates(TlsFile::Authorities, path)? {
            roots
                .add(certificate)
                .map_err(|error| unusable(TlsFile::Authorities, path, error.to_string()))?;
        }
    }
    match roots.is_empty() {
        true => Err(StartError::Tls(
            "no authority is trusted: the system has none, and no file was given".to_owned(),
        )),
        false => Ok(roots),
    }
}

/// One certificate or more.
fn certificates(file: TlsFile, path: &Path) -> Result<Vec<CertificateDer<'static>>, StartError> {
    let read = CertificateDer::pem_file_iter(path).and_then(|found| found.collect::<Result<Vec<_>, _>>());
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(unusable(file, path, words(&pem::Error::NoItemsFound))),
        Err(error) => Err(unusable(file, path, words(&error))),
    }
}

fn words(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "there is none in PEM format in it".to_owned(),
        error => error.to_string(),
    }
}

fn unusable(file: TlsFile, path: &Path, why: String) -> StartError {
    StartError::TlsFile { file, path: path.to_owned(), why }
}

#[cfg(test)]
mod tests;
