//! The fleet's programs: this program under their names, so that what is tested can never be stale.

use anyhow::Result;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tempfile::TempDir;

const DISPATCHER: &str = "pawnshop-dispatcher";
const WORKER: &str = "pawnshop-worker";
const OBJECTS_SERVICE: &str = "objects-service";

/// The fleet's programs, by their paths.
#[derive(Clone, Debug)]
pub struct Programs {
    dispatcher: PathBuf,
    worker: PathBuf,
    objects_service: PathBuf,
    folder: Arc<TempDir>,
}

impl Programs {
    /// This program under the fleet's names (see [`fleet_program`]).
    ///
    /// # Errors
    /// When the names cannot be made.
    pub fn of_this_program() -> Result<Self> {
        Self::of(&std::env::current_exe()?)
    }

    /// A program that calls [`fleet_program`] first thing.
    ///
    /// # Errors
    /// When the names cannot be made.
    pub fn of(program: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let name = |name: &str| -> Result<PathBuf> {
            let path = folder.path().join(name);
            std::os::unix::fs::symlink(program, &path)?;
            Ok(path)
        };
        Ok(Self {
            dispatcher: name(DISPATCHER)?,
            worker: name(WORKER)?,
            objects_service: name(OBJECTS_SERVICE)?,
            folder: Arc::new(folder),
        })
    }

    /// Takes another program for `pawnshop-worker`.
    pub fn take_worker(&mut self, program: PathBuf) {
        self.worker = program;
    }

    /// The folder that they are in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `pawnshop-dispatcher`.
    pub fn dispatcher(&self) -> PathBuf {
        self.dispatcher.clone()
    }

    /// `pawnshop-worker`.
    pub fn worker(&self) -> PathBuf {
        self.worker.clone()
    }

    /// The stand-in for the service that the presence service asks.
    pub fn objects_service(&self) -> PathBuf {
        self.objects_service.clone()
    }
}

/// The program of the fleet under whose name this process was started, if it was.
pub fn fleet_program() -> Option<fn() -> ExitCode> {
    let name = std::env::args_os().next()?;
    match Path::new(&name).file_name().and_then(OsStr::to_str)? {
        DISPATCHER => Some(pawnshop_dispatcher_program::run),
        WORKER => Some(|| pawnshop_worker_program::run(pawnshop_worker::services::all())),
        OBJECTS_SERVICE => Some(pawnshop_objects_service::run),
        _ => None,
    }
}
