//! promtool's judgement.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program promtool.
pub(crate) struct Promtool(PathBuf);

impl Promtool {
    /// `None`, noted as skipped, where there is none.
    pub(crate) fn find(test: &str) -> Option<Self> {
        match pawnshop_servers::promtool() {
            Ok(program) => Some(Self(program)),
            Err(why) => {
                pawnshop_servers::skip(test, &why);
                None
            }
        }
    }

    /// Runs it on files, and fails with what it says unless all is well.
    pub(crate) fn agrees(&self, command: &[&str], files: &[PathBuf]) {
        let done = Command::new(&self.0).args(command).args(files).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "promtool {}: {said}", command.join(" "));
    }
}

/// The files of a folder, in the order of their names.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = listed.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
