use super::Columns;
use anyhow::{Context, bail};
use bytes::Bytes;
use clap::ValueEnum;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

mod csv_rows;
mod json_rows;
mod lines;

/// How a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Told by the file's name, or else by its first byte.
    #[default]
    Auto,
    /// Comma-separated, with a header line.
    Csv,
    /// One JSON object per line.
    Ndjson,
}

/// A line of a file.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: Arc<str>,
    pub(crate) line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Takes a row: its line, its request's body or what is wrong with it, and the bytes read since the last one.
/// False: no more, please.
pub(crate) type Take<'a> = dyn FnMut(u64, Result<Bytes, String>, u64) -> bool + 'a;

/// A file that is open and whose format is known.
pub(crate) struct Source {
    name: Arc<str>,
    size: u64,
    format: Format,
    delimiter: u8,
    reader: Box<dyn BufRead + Send>,
}

impl Source {
    /// Opens a file, or standard input for `-`, and looks at its name and first bytes.
    pub(crate) fn open(path: &Path, format: Format, delimiter: Option<u8>) -> anyhow::Result<Self> {
        let (name, size, reader): (_, _, Box<dyn Read + Send>) = if path == Path::new("-") {
            ("stdin".into(), 0, Box::new(io::stdin()))
        } else {
            let shown = path.display().to_string();
            let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
            let metadata = file.metadata().with_context(|| format!("cannot read {shown}"))?;
            if metadata.is_dir() {
                bail!("cannot read {shown}: it is a folder");
            }
            (shown, metadata.len(), Box::new(file))
        };
        let mut reader: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(64 << 10, reader));
        let start = reader.fill_buf().with_context(|| format!("cannot read {name}"))?;
        let marked = start.starts_with(b"\xEF\xBB\xBF");
        let start = if marked { &start[3..] } else { start };
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let format = match (format, extension.to_ascii_lowercase().as_str(), first) {
            (Format::Auto, "csv" | "tsv", _) => Format::Csv,
            (Format::Auto, "ndjson" | "jsonl", _) | (Format::Auto, _, Some(b'{' | b'[')) => Format::Ndjson,
            (Format::Auto, _, _) => Format::Csv,
            (given, _, _) => given,
        };
        if format == Format::Ndjson && first == Some(b'[') {
            bail!(
                "{name} is one JSON array; give one object per line: jq -c '.[]' {name} | pawnshop import -"
            );
        }
        if marked {
            reader.consume(3);
        }
        let delimiter = delimiter.unwrap_or(if extension.eq_ignore_ascii_case("tsv") { b'\t' } else { b',' });
        Ok(Self { name: name.into(), size, format, delimiter, reader })
    }

    /// As it is named in faults.
    pub(crate) fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// In bytes; 0 when not known.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Hands over every row.
    ///
    /// # Errors
    /// Those that end the reading: the header does not fit, or the file cannot be read on.
    pub(crate) fn read(self, columns: &Columns, take: &mut Take<'_>) -> anyhow::Result<()> {
        let name = self.name;
        match self.format {
            Format::Ndjson => {
                json_rows::read(self.reader, columns, take).with_context(|| format!("cannot read {name}"))
            }
            _ => csv_rows::read(self.reader, self.delimiter, columns, take)
                .with_context(|| format!("in {name}")),
        }
    }
}
