//! What a test that failed leaves for whoever looks into it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, Once, PoisonError};

/// The folders of the clusters of this process.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static HOOK: Once = Once::new();

/// Copies the logs of the cluster in a folder to beside that folder as soon as a test of this process fails.
pub(crate) fn keep_when_a_test_fails(folder: &Path) {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_owned());
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            keep();
        }));
    });
}

/// Copies them now.
pub(crate) fn keep() {
    let folders = std::mem::take(&mut *FOLDERS.lock().unwrap_or_else(PoisonError::into_inner));
    for folder in folders.iter().filter(|folder| folder.exists()) {
        let kept = folder.with_extension("logs");
        let copied = Command::new("cp").arg("-R").arg(folder.join("cluster/logs")).arg(&kept).status();
        let told = match copied.is_ok_and(|status| status.success()) {
            true => "the cluster's logs are kept in",
            false => "the cluster's logs could not all be kept in",
        };
        // Nowhere to complain when standard error is closed.
        let _ = writeln!(std::io::stderr(), "{told} {}", kept.display());
    }
}
