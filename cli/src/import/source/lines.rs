use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

/// Where the line breaks are in what was read ahead. The CSV reader's own line numbers are off by the blank
/// lines and by the second half of CR LF before a record.
#[derive(Clone, Default)]
pub(super) struct Lines(Rc<RefCell<Breaks>>);

#[derive(Default)]
struct Breaks {
    /// Offsets of line feeds that no record has passed yet.
    ahead: VecDeque<u64>,
    passed: u64,
    read: u64,
}

impl Lines {
    /// Notes line breaks as `reader` gives them.
    pub(super) fn watch<R: Read>(&self, reader: R) -> Watched<R> {
        Watched { reader, lines: self.clone() }
    }

    /// The line on which the record began that ends before `end` and has `inside` line feeds in its fields.
    pub(super) fn first_of(&self, end: u64, inside: u64) -> u64 {
        let mut breaks = self.0.borrow_mut();
        let mut last = None;
        while let Some(offset) = breaks.ahead.front().copied().filter(|offset| *offset < end) {
            breaks.ahead.pop_front();
            breaks.passed += 1;
            last = Some(offset);
        }
        let ended_by_break = last.is_some_and(|offset| offset + 1 == end);
        (breaks.passed + 1).saturating_sub(inside + u64::from(ended_by_break))
    }
}

/// A reader whose line breaks are noted.
pub(super) struct Watched<R> {
    reader: R,
    lines: Lines,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        let mut breaks = self.lines.0.borrow_mut();
        let start = breaks.read;
        let found = buffer[..length].iter().zip(start..).filter(|(byte, _)| **byte == b'\n');
        breaks.ahead.extend(found.map(|(_, offset)| offset));
        breaks.read += length as u64;
        Ok(length)
    }
}
