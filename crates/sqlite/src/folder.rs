use crate::OpenError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const LOCK_FILE: &str = "pawnshop.lock";

/// A folder that is this process's alone while any clone of this value lives.
///
/// The lock is the operating system's on the file `pawnshop.lock`, so it ends with the process, however that
/// ends; the file itself stays and holds the owner's process id for people.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: Arc<Path>,
    _lock: Arc<File>,
}

impl DataFolder {
    /// Makes the folder if need be and takes its lock; [`OpenError::InUse`] when another holds it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { path: path.to_owned(), source };
        if !path.is_dir() {
            std::fs::create_dir_all(path).map_err(failed)?;
            sync_parent(path);
        }
        let lock_path = path.join(LOCK_FILE);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { path: path.to_owned(), holder: holder(&mut lock) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        write_down_owner(&mut lock).map_err(failed)?;
        Ok(Self { path: path.into(), _lock: Arc::new(lock) })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_down_owner(lock: &mut File) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.seek(SeekFrom::Start(0))?;
    writeln!(lock, "{}", std::process::id())
}

/// Makes a new folder's own entry durable; where a system cannot sync folders, nothing is lost but that.
fn sync_parent(path: &Path) {
    if let Some(parent) = path.parent().and_then(|parent| File::open(parent).ok()) {
        let _ = parent.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_open_cannot_be_opened_again_until_it_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new/folder");
        let first = DataFolder::open(&path).unwrap();
        let clone = first.clone();
        drop(first);
        let error = DataFolder::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::InUse { holder: Some(pid), .. } if pid == std::process::id()));
        assert!(error.to_string().contains("in use by another process"), "{error}");
        drop(clone);
        DataFolder::open(&path).unwrap();
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_told() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        std::fs::write(&path, "x").unwrap();
        assert!(matches!(DataFolder::open(&path), Err(OpenError::Folder { .. })));
    }
}
