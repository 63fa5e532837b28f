use crate::{Mongo, Rabbit, Toxiproxy};
use std::fs::OpenOptions;
use std::io::Write;

/// Notes that a test cannot run here; `make test` lists and counts these, and CI fails on them.
pub fn skip(test: &str, why: &str) {
    // Straight to the stream, past the test runner's capture; nowhere to complain when it is closed.
    let _ = writeln!(std::io::stderr(), "    skipped: {test}: {why}");
    if let Some(path) = std::env::var_os("PAWNSHOP_SKIPS") {
        let noted =
            OpenOptions::new().append(true).open(path).and_then(|mut list| writeln!(list, "{test}: {why}"));
        if let Err(error) = noted {
            let _ = writeln!(std::io::stderr(), "    the list of skips cannot be written: {error}");
        }
    }
}

/// Why not every server can be started here; `None` when all can.
pub fn missing() -> Option<String> {
    let checks = [Rabbit::installed(), Mongo::installed(), Toxiproxy::available()];
    let reasons: Vec<_> = checks.into_iter().filter_map(Result::err).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}
