//! Ctrl-C and SIGTERM leave nothing behind either: no shop that runs on, no folder.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use tokio::signal::unix::{SignalKind, signal};

/// The shops that run, by process id.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// The exit status after a signal, as shells have it.
const INTERRUPTED: i32 = 130;

/// Starts to wait for signals; the first one kills the shops that run, removes `scratch` and ends the process.
pub(crate) fn tidy_up_after(scratch: &Path) -> Result<()> {
    let scratch = scratch.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || runtime.block_on(wait(scratch)))
        .context("cannot wait for signals")?;
    Ok(())
}

/// Remembers a process to be killed by a signal.
pub(crate) fn started(pid: u32) {
    running().push(pid);
}

/// Forgets a process that has ended.
pub(crate) fn ended(pid: u32) {
    running().retain(|&other| other != pid);
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
    for pid in running().iter() {
        let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    }
    let _ = std::fs::remove_dir_all(&scratch);
    std::process::exit(INTERRUPTED);
}

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
