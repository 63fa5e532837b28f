use super::Connection;
use crate::{MongoOptions, MongoStore, StartError};
use pawnshop_store::{Store, StoreError};
use std::time::Duration;

fn options(uri: &str) -> MongoOptions {
    MongoOptions::new(uri.to_owned().into(), "shop".to_owned())
}

fn refused(options: MongoOptions) -> StartError {
    Connection::new(options).err().expect("a reason")
}

#[tokio::test]
async fn a_password_is_in_no_error() {
    for uri in [
        "mongodb://user:hunter2@host:port/",
        "mongodb://user:hunter2/x@host",
        "mongodb://user:hunter2%@host",
        "mongodb://us@er:hunter2@host",
        "hunter2@host",
        "mongodb://user:hunter2@host/?nonsense=1",
        "mongodb://user:hunter2@host/hunter2.x?w=-1",
        "mongodb://host/?tls=true&tlsCertificateKeyFilePassword=hunter2&x",
    ] {
        match Connection::new(options(uri)) {
            Ok(_) => {}
            Err(error) => assert!(!format!("{error} {error:?}").contains("hunter2"), "{uri}: {error}"),
        }
    }
    let store = MongoStore::start(options("mongodb://user:hunter2@127.0.0.1:9/")).unwrap();
    assert!(!format!("{store:?} {:?}", options("mongodb://user:hunter2@host")).contains("hunter2"));
}

#[tokio::test]
async fn what_no_server_is_needed_for_is_refused_at_once() {
    assert!(matches!(refused(options("amqp://host")), StartError::ParseUri(_)));
    assert!(matches!(refused(options("mongodb://host/?socketTimeoutMS=1")), StartError::MakeClient(_)));
    for name in ["", "a.b", "a b", "$a", "a/b", &"x".repeat(64)] {
        let options = MongoOptions { database: name.to_owned(), ..options("mongodb://host") };
        assert!(matches!(refused(options), StartError::NameDatabase(_)), "{name}");
    }
}

#[tokio::test]
async fn files_for_tls_are_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let mut with_ca = options("mongodb://host");
    with_ca.tls.ca_file = Some(file.clone());
    assert!(matches!(refused(with_ca.clone()), StartError::ReadCertificates { .. }), "missing");
    std::fs::write(&file, "no certificate").unwrap();
    assert!(matches!(refused(with_ca), StartError::ReadCertificates { .. }), "empty");
}

#[test]
fn a_store_starts_within_a_runtime_only() {
    assert!(matches!(refused(options("mongodb://host")), StartError::FindRuntime));
}

#[tokio::test]
async fn a_store_starts_without_its_server_and_says_that_it_is_down_in_time() {
    for uri in ["mongodb://127.0.0.1:9", "mongodb+srv://nowhere.invalid"] {
        let mut options = options(uri);
        options.deadlines.server_selection = Duration::from_millis(200);
        options.deadlines.operation = Duration::from_secs(2);
        let store = MongoStore::start(options).unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(10), store.ping()).await.expect("in time");
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{uri}: {answer:?}");
    }
}
