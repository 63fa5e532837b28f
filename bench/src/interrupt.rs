//! Ctrl-C and SIGTERM leave nothing behind either: no process that runs on, no folder.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// The processes that run, by the id of their process group.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// How long killed processes may take to be gone.
const GONE: Duration = Duration::from_secs(5);

/// The exit status after a signal, as shells have it.
const INTERRUPTED: i32 = 130;

/// Starts to wait for signals; the first one kills the processes that run, removes `scratch` and ends the process.
pub(crate) fn tidy_up_after(scratch: &Path) -> Result<()> {
    let scratch = scratch.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || runtime.block_on(wait(scratch)))
        .context("cannot wait for signals")?;
    Ok(())
}

/// Remembers a process group to be killed by a signal.
pub(crate) fn started(group: u32) {
    running().push(group);
}

/// Forgets a process group that has ended.
pub(crate) fn ended(group: u32) {
    running().retain(|&other| other != group);
}

async fn wait(scratch: PathBuf) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        eprintln!("bench: cannot listen for signals; a Ctrl-C leaves {} behind", scratch.display());
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    for group in running().iter() {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status();
    }
    remove(&scratch);
    std::process::exit(INTERRUPTED);
}

/// Removes a folder to which a killed process may still have written a moment ago.
fn remove(folder: &Path) {
    let end = Instant::now() + GONE;
    while std::fs::remove_dir_all(folder).is_err() && folder.exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
