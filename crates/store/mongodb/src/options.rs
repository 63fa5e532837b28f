use secrecy::SecretString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach a MongoDB.
#[derive(Clone, Debug)]
pub struct MongoOptions {
    /// `mongodb://` or `mongodb+srv://`, as the manual's "Connection Strings" has it. Its write concern and read
    /// preference are overruled; all else that it says wins over the defaults here.
    pub uri: SecretString,
    /// The database that holds the collections.
    pub database: String,
    /// Files for TLS; any of them turns it on.
    pub tls: Tls,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// The most connections to one server.
    pub max_pool_size: u32,
    /// The name that the server's logs know this client by.
    pub app_name: String,
}

/// PEM files for TLS. Without an authority's certificate those of Mozilla are trusted.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// The certificates of the authorities to trust instead.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate and its key, both in this file.
    pub certificate_key_file: Option<PathBuf>,
}

/// How long anything may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// To find a primary.
    pub server_selection: Duration,
    /// To open a connection.
    pub connect: Duration,
    /// A whole call, with all that it says to the server.
    pub operation: Duration,
    /// A majority's answer to a write; shorter than a call, so that the server tells what it was.
    pub write_concern: Duration,
}

/// Why a store was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The URI is none.
    #[error("the store's URI cannot be read: {0}")]
    ParseUri(String),
    /// MongoDB has no such database names.
    #[error("{0:?} cannot be a database: at most 63 bytes, none of /\\. \"$*<>:|?")]
    NameDatabase(String),
    /// A file for TLS cannot be read.
    #[error("the certificates in {path} cannot be read: {source}")]
    ReadCertificates {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What the URI asks for contradicts itself or is not supported.
    #[error("the store's client cannot be made: {0}")]
    MakeClient(String),
    /// The driver's tasks need a Tokio runtime.
    #[error("the store was started outside of a Tokio runtime")]
    FindRuntime,
}

impl MongoOptions {
    /// The defaults: no TLS but what the URI says, 32 connections, [`Deadlines::default`].
    pub fn new(uri: SecretString, database: String) -> Self {
        Self {
            uri,
            database,
            tls: Tls::default(),
            deadlines: Deadlines::default(),
            max_pool_size: 32,
            app_name: "pawnshop".to_owned(),
        }
    }
}

impl Default for Deadlines {
    /// 2 s to find a primary and to connect, 10 s a call, 5 s of it for a majority's answer.
    fn default() -> Self {
        Self {
            server_selection: Duration::from_secs(2),
            connect: Duration::from_secs(2),
            operation: Duration::from_secs(10),
            write_concern: Duration::from_secs(5),
        }
    }
}
