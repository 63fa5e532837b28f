//! A PawnShop resource in a file.

use pawnshop_domain::FlowName;
use pawnshop_resource::{Faults, PawnShop};
use std::io::{self, Read};
use std::path::Path;

/// The largest resource that Kubernetes takes, too.
const LARGEST: u64 = 1 << 20;

/// Why a file gives no shop.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("cannot open {name}: {source}")]
    Open { name: String, source: io::Error },
    #[error("cannot read {name}: {source}")]
    Read { name: String, source: io::Error },
    #[error("{name} is larger than 1 MiB")]
    TooLarge { name: String },
    #[error("{}", told(.name, .faults.all()))]
    Faulty { name: String, faults: Faults },
}

/// The shop in this file; `-`: in standard input. `served`: as [`PawnShop::parse`] takes it.
pub(crate) fn read(path: &Path, served: Option<&[FlowName]>) -> Result<PawnShop, ReadError> {
    let name = name(path);
    let mut text = String::new();
    let reader: Box<dyn Read> = match is_standard_input(path) {
        true => Box::new(io::stdin()),
        false => match std::fs::File::open(path) {
            Ok(file) => Box::new(file),
            Err(source) => return Err(ReadError::Open { name, source }),
        },
    };
    match reader.take(LARGEST + 1).read_to_string(&mut text) {
        Err(source) => Err(ReadError::Read { name, source }),
        Ok(_) if text.len() as u64 > LARGEST => Err(ReadError::TooLarge { name }),
        Ok(_) => PawnShop::parse(&text, served).map_err(|faults| ReadError::Faulty { name, faults }),
    }
}

/// What messages call the file.
pub(crate) fn name(path: &Path) -> String {
    if is_standard_input(path) { "stdin".to_owned() } else { path.display().to_string() }
}

/// Every fault of a shop, a line each.
pub(crate) fn told<F: ToString>(name: &str, faults: &[F]) -> String {
    let lines: String = faults.iter().map(|fault| format!("\n  {}", fault.to_string())).collect();
    match faults.len() {
        1 => format!("{name} is not a good shop:{lines}"),
        many => format!("{name} is not a good shop, for {many} reasons:{lines}"),
    }
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}
