//! What came of it, as files: a page of tables, and plots.

mod scenes;
mod tables;

use crate::Options;
use crate::season::Season;

/// The files' names and contents. The same options give the same bytes.
pub(crate) fn files(options: &Options, season: &Season) -> Vec<(String, String)> {
    let mut files = vec![
        ("simulation.md".to_owned(), tables::page(options, season)),
        ("cost.svg".to_owned(), scenes::cost(options, season)),
    ];
    files.extend(scenes::scenes(options));
    files
}
