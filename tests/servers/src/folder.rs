use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a fresh server is tried.
const ATTEMPTS: usize = 3;

/// Where a server keeps its data.
#[derive(Debug)]
pub enum Folder {
    /// Gone with the server.
    Temporary(PathBuf),
    /// Somebody's, and kept.
    Kept(PathBuf),
}

impl Folder {
    /// Starts a server in a temporary folder; again, in another and on other ports, when somebody was faster.
    pub(crate) async fn temporary_for<S>(server: &str, start: impl AsyncFn(Self) -> Result<S>) -> Result<S> {
        for _ in 1..ATTEMPTS {
            if let Ok(started) = start(Self::temporary(server)?).await {
                return Ok(started);
            }
        }
        start(Self::temporary(server)?).await
    }

    /// A new one; messages and its name say whose.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary(server: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("pawnshop-{server}-")).tempdir();
        Ok(Self::Temporary(folder.context("make a temporary folder")?.keep()))
    }

    /// One that stays; made where it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn kept(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("make {}", path.display()))?;
        Ok(Self::Kept(std::path::absolute(path)?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Temporary(path) | Self::Kept(path) => path,
        }
    }

    /// What the guard removes when nobody else can ([`crate::Launch`]).
    pub fn scratch(&self) -> Option<PathBuf> {
        match self {
            Self::Temporary(path) => Some(path.clone()),
            Self::Kept(_) => None,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let Self::Temporary(path) = self else { return };
        // What a killed server had begun to write may still appear.
        for _ in 0..10 {
            if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
