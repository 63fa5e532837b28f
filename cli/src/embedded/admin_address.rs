use super::StartError;
use pawnshop_sqlite::DataFolder;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The file in the data folder that holds the admin listener's URL while the shop runs, so that `pawnshop dlq`
/// finds it.
pub const ADMIN_ADDRESS_FILE: &str = "admin.addr";

/// The written file.
pub(super) struct AdminAddress(PathBuf);

impl AdminAddress {
    /// Writes it aside and moves it into place: a reader sees the old one or the new one, whole.
    pub(super) fn write(folder: &DataFolder, address: SocketAddr) -> Result<Self, StartError> {
        let path = folder.file(ADMIN_ADDRESS_FILE);
        let aside = folder.file("admin.addr.new");
        let written = std::fs::write(&aside, format!("http://{address}\n"))
            .and_then(|()| std::fs::rename(&aside, &path));
        match written {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(StartError::AdminAddress { path, source }),
        }
    }

    /// Takes it away. One that stays leads to a clear refusal to connect, so a failure is not worth more than
    /// a line in the log.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(%error, "the admin address stays written down");
        }
    }
}
