//! What goes to standard output, for people: styled where a terminal shows it, wrapped to its width.

mod text;
mod tree;

pub(crate) use text::{BAD, DIM, GOOD, PLAIN, STRONG, Text, WARN};
pub(crate) use tree::{Node, lines};

use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// The width to wrap to; `None`: it is no terminal, and lines are as long as they are.
pub(crate) fn width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| usize::from(width))
}

/// Prints a text; its styles only where they are seen and wanted (`NO_COLOR`). A reader that has gone away is no error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    match writeln!(anstream::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints a value as YAML.
pub(crate) fn print_yaml(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(print(&serde_saphyr::to_string(value)?)?)
}
