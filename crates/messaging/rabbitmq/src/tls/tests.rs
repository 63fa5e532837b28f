use super::client_config;
use crate::Tls;
use pawnshop_servers::Certificates;
use std::path::{Path, PathBuf};

fn refused(tls: Tls) -> String {
    pawnshop_runtime::tls::install_provider();
    client_config(&tls).unwrap_err().to_string()
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_file_that_is_missing_or_holds_something_else_is_told_by_name_and_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Tls { ca_file: Some(folder.path().join("no.pem")), ..Tls::default() };
    let told = refused(missing);
    assert!(told.contains("authorities in") && told.contains("no.pem"), "{told}");
    let ca = |text| Tls { ca_file: Some(file(folder.path(), "ca.pem", text)), ..Tls::default() };
    assert!(refused(ca("0x30")).contains("none in PEM format"));
    let cut = "-----BEGIN CERTIFICATE-----\nAAAA";
    assert!(refused(ca(cut)).contains("ca.pem"));
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(refused(ca(nonsense)).contains("ca.pem"));
}

#[test]
fn half_an_identity_and_the_key_of_another_are_refused() {
    if let Err(why) = Certificates::available() {
        return pawnshop_servers::skip("half_an_identity_and_the_key_of_another_are_refused", &why);
    }
    let files = Certificates::make().unwrap();
    let identity = |certificate: Option<&Path>, key: Option<&Path>| Tls {
        ca_file: Some(files.ca().to_owned()),
        certificate_file: certificate.map(Into::into),
        key_file: key.map(Into::into),
    };
    let (certificate, key) = (Some(files.client_certificate()), Some(files.client_key()));
    pawnshop_runtime::tls::install_provider();
    client_config(&identity(certificate, key)).unwrap();
    assert!(refused(identity(certificate, None)).contains("needs a key file"));
    assert!(refused(identity(None, key)).contains("needs a certificate file"));
    let told = refused(identity(certificate, Some(files.server_key())));
    assert!(told.contains("the key in") && told.contains("not the key of"), "{told}");
    let told = refused(identity(certificate, certificate));
    assert!(told.contains("the key in") && told.contains("none in PEM format"), "{told}");
}
