//! A stand-in for a slow outside service: it tells whether objects are online, takes its time, and fails as it is told
//! to. For trying and testing whoever asks it.
//!
//! What becomes of a look-up follows from the seed, the object and how often it was looked up, whatever else is going
//! on ([`Behaviour`]). As a program it is [`run`]; in a test's own process it is an [`ObjectsService`], which counts
//! alike. It is not a model of any real service, and keeps nothing: started anew, it counts anew.
//!
//! To add a way to fail: its share in `behaviour`, its answer in `fate` and `routes`, its line in `settings`.

mod behaviour;
mod fate;
mod files;
mod id;
mod ledger;
mod listen;
mod program;
mod routes;
mod service;
mod settings;
mod share;

pub use behaviour::Behaviour;
pub use fate::Object;
pub use files::raise_file_limit;
pub use id::ObjectId;
pub use ledger::Stats;
pub use service::ObjectsService;
pub use share::{Share, ShareError};

use pawnshop_runtime::process;
use program::Program;
use std::process::ExitCode;

/// Runs the service until SIGTERM or Ctrl-C: settings come from the command line, the environment and a file
/// (`--help` lists them). Look-ups under way get no answer then, as it is with a service that is gone.
pub fn run() -> ExitCode {
    process::run::<Program>(settings::load)
}
