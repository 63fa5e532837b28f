use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const MAKE: &str = include_str!("certificates.sh");

/// An authority of a test's own, and what it signed: the certificate of a server at 127.0.0.1 and localhost, and that
/// of a client. PEM files, made by openssl, that go with this value.
#[derive(Debug)]
pub struct Certificates {
    ca: PathBuf,
    server: [PathBuf; 2],
    client: [PathBuf; 2],
    _folder: TempDir,
}

impl Certificates {
    /// Whether any can be made here; the error tells why not.
    pub fn available() -> Result<(), String> {
        let asked = Command::new("openssl").arg("version").output();
        asked.map(|_| ()).map_err(|error| format!("openssl cannot be run ({error}): run scripts/setup.sh"))
    }

    /// Makes an authority and what it signs.
    ///
    /// # Errors
    /// What openssl says.
    pub fn make() -> Result<Self> {
        let folder = tempfile::tempdir().context("make a temporary folder")?;
        let made = Command::new("/bin/sh").args(["-c", MAKE, "certificates"]).arg(folder.path()).output()?;
        ensure!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
        let file = |name: &str| folder.path().join(name);
        Ok(Self {
            ca: file("ca.crt"),
            server: [file("server.crt"), file("server.key")],
            client: [file("client.crt"), file("client.key")],
            _folder: folder,
        })
    }

    /// The authority's certificate.
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// The server's certificate.
    pub fn server_certificate(&self) -> &Path {
        let [certificate, _] = &self.server;
        certificate
    }

    /// The server's key.
    pub fn server_key(&self) -> &Path {
        let [_, key] = &self.server;
        key
    }

    /// The client's certificate.
    pub fn client_certificate(&self) -> &Path {
        let [certificate, _] = &self.client;
        certificate
    }

    /// The client's key.
    pub fn client_key(&self) -> &Path {
        let [_, key] = &self.client;
        key
    }
}
