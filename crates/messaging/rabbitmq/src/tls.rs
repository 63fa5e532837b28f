use crate::{StartError, Tls};
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use std::path::Path;

/// The certificates of [`Tls`]'s files, read once at the start so that a wrong path is told then.
#[derive(Clone, Default)]
pub(crate) struct Certificates {
    ca: Option<String>,
    client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Certificates {
    pub(crate) fn read(tls: &Tls) -> Result<Self, StartError> {
        let client = match (&tls.certificate_file, &tls.key_file) {
            (Some(certificate), Some(key)) => Some((pem(certificate)?, pem(key)?)),
            (None, None) => None,
            (Some(_), None) => return Err(StartError::Tls("a certificate file needs a key file".to_owned())),
            (None, Some(_)) => return Err(StartError::Tls("a key file needs a certificate file".to_owned())),
        };
        let ca = match &tls.ca_file {
            Some(path) => Some(String::from_utf8_lossy(&pem(path)?).into_owned()),
            None => None,
        };
        Ok(Self { ca, client })
    }

    /// What the AMQP connection needs.
    pub(crate) fn for_amqp(&self) -> OwnedTLSConfig {
        let identity = self.client.clone().map(|(pem, key)| OwnedIdentity::PKCS8 { pem, key });
        OwnedTLSConfig { identity, cert_chain: self.ca.clone() }
    }

    /// The authorities that the management API's certificate may be signed by, in PEM format.
    pub(crate) fn ca(&self) -> Option<&str> {
        self.ca.as_deref()
    }
}

/// Refuses to go on where rustls would panic at the first connection.
pub(crate) fn require_provider() -> Result<(), StartError> {
    match rustls::crypto::CryptoProvider::get_default() {
        Some(_) => Ok(()),
        None => Err(StartError::Tls("the program has not installed a TLS provider".to_owned())),
    }
}

fn pem(path: &Path) -> Result<Vec<u8>, StartError> {
    let unusable = |why: String| StartError::TlsFile { path: path.to_owned(), why };
    let bytes = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let begins = bytes.windows(11).any(|part| part == b"-----BEGIN ");
    if begins { Ok(bytes) } else { Err(unusable("it is not in PEM format".to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> Option<std::path::PathBuf> {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    }

    #[test]
    fn a_missing_or_foreign_file_and_half_an_identity_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |tls: Tls| Certificates::read(&tls).err().unwrap().to_string();
        let missing = Tls { ca_file: Some(folder.path().join("no.pem")), ..Tls::default() };
        assert!(refused(missing).contains("no.pem"));
        let foreign = Tls { ca_file: file(&folder, "ca.der", "0x30"), ..Tls::default() };
        assert!(refused(foreign).contains("not in PEM format"));
        let half =
            Tls { key_file: file(&folder, "key.pem", "-----BEGIN PRIVATE KEY-----"), ..Tls::default() };
        assert!(refused(half).contains("needs a certificate file"));
    }
}
