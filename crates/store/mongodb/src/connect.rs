use crate::failure;
use crate::options::{Deadlines, MongoOptions, StartError};
use futures::FutureExt;
use mongodb::options::{
    Acknowledgment, ClientOptions, ConnectionString, ReadPreference, SelectionCriteria, Tls, TlsOptions,
    WriteConcern,
};
use mongodb::{Client, Database};
use pawnshop_store::StoreError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

/// How soon a primary that fell silent, or became one again, is noticed; within the time to find one.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The way to a database, which need not be there yet.
pub(crate) struct Connection {
    uri: ConnectionString,
    name: String,
    deadlines: Deadlines,
    /// Filled at once, but for `mongodb+srv`: its servers are in the DNS, which may be down as well.
    database: OnceCell<Database>,
}

impl Connection {
    /// Checks what can be checked without a server.
    pub(crate) fn new(options: MongoOptions) -> Result<Self, StartError> {
        if Handle::try_current().is_err() {
            return Err(StartError::FindRuntime);
        }
        let name = options.database.clone();
        if name.is_empty() || name.len() > 63 || name.contains(|c| "/\\. \"$*<>:|?\0".contains(c)) {
            return Err(StartError::NameDatabase(name));
        }
        let connection = Self {
            deadlines: options.deadlines,
            uri: connection_string(options)?,
            name,
            database: OnceCell::new(),
        };
        match connection.open().now_or_never() {
            Some(Err(error)) if failure::is_refusal(&error) => {
                Err(StartError::MakeClient(failure::describe(&error)))
            }
            _ => Ok(connection),
        }
    }

    /// The database; its servers are found and connected to by its operations.
    pub(crate) async fn database(&self) -> Result<&Database, StoreError> {
        self.open().await.map_err(|error| failure::store_error(&error))
    }

    async fn open(&self) -> mongodb::error::Result<&Database> {
        self.database
            .get_or_try_init(async || {
                let mut options = ClientOptions::parse(self.uri.clone()).await?;
                options.write_concern = Some(
                    WriteConcern::builder()
                        .w(Acknowledgment::Majority)
                        .journal(true)
                        .w_timeout(self.deadlines.write_concern)
                        .build(),
                );
                options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
                Ok(Client::with_options(options)?.database(&self.name))
            })
            .await
    }
}

fn connection_string(options: MongoOptions) -> Result<ConnectionString, StartError> {
    let text = options.uri.expose_secret();
    let mut uri = ConnectionString::parse(text).map_err(|error| {
        // What the driver quotes may be the password, where one is not percent-encoded.
        StartError::ParseUri(if has_secrets(text) {
            "user, password and options must be percent-encoded (RFC 3986) and the options known".to_owned()
        } else {
            failure::describe(&error)
        })
    })?;
    let deadlines = options.deadlines;
    uri.server_selection_timeout.get_or_insert(deadlines.server_selection);
    uri.connect_timeout.get_or_insert(deadlines.connect);
    uri.heartbeat_frequency.get_or_insert(HEARTBEAT);
    uri.max_pool_size.get_or_insert(options.max_pool_size);
    uri.app_name.get_or_insert(options.app_name);
    if options.tls.ca_file.is_some() || options.tls.certificate_key_file.is_some() {
        let mut tls = match uri.tls.take() {
            Some(Tls::Enabled(tls)) => tls,
            _ => TlsOptions::default(),
        };
        tls.ca_file_path = options.tls.ca_file.or(tls.ca_file_path);
        tls.cert_key_file_path = options.tls.certificate_key_file.or(tls.cert_key_file_path);
        uri.tls = Some(Tls::Enabled(tls));
    }
    if let Some(Tls::Enabled(tls)) = &uri.tls {
        let files = tls.ca_file_path.iter().chain(&tls.cert_key_file_path);
        files.into_iter().try_for_each(|path| certificates(path))?;
    }
    Ok(uri)
}

fn has_secrets(uri: &str) -> bool {
    let uri = uri.to_ascii_lowercase();
    ["@", "password", "token"].iter().any(|mark| uri.contains(mark))
}

/// The driver would find out at every connection, and say that the server cannot be trusted.
fn certificates(path: &Path) -> Result<(), StartError> {
    let unreadable = |source| StartError::ReadCertificates { path: path.to_owned(), source };
    let text = std::fs::read(path).map_err(unreadable)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(()),
        Ok(_) => Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, "no PEM certificate in it"))),
        Err(error) => Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, error.to_string()))),
    }
}

#[cfg(test)]
mod tests;
