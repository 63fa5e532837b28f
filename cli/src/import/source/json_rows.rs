use super::{Columns, Take};
use serde_json::{Map, Value};
use std::io::{self, BufRead, Read};

/// The longest line that is looked at, in bytes; a request's body may have 256 KiB.
const MAX_LINE: u64 = 1 << 20;

/// Hands over every line that is not blank.
pub(super) fn read(mut reader: impl BufRead, columns: &Columns, take: &mut Take<'_>) -> anyhow::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut bytes = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line)? as u64;
        if bytes == 0 {
            break;
        }
        let too_long = bytes == MAX_LINE && !line.ends_with(b"\n");
        if too_long {
            bytes += skip_line(&mut reader)?;
        } else if line.trim_ascii().is_empty() {
            continue;
        }
        let row = if too_long { Err("longer than 1 MiB".to_owned()) } else { body(&line, columns) };
        if !take(number, row, bytes) {
            break;
        }
    }
    Ok(())
}

fn body(line: &[u8], columns: &Columns) -> Result<bytes::Bytes, String> {
    let row: Map<String, Value> = serde_json::from_slice(line).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => "not a JSON object".to_owned(),
        _ => format!("not JSON: {error}"),
    })?;
    let missing = columns.absent_in(|column| row.contains_key(column));
    if !missing.is_empty() {
        let there = row.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(format!("{}; the row has: {there}", missing.join("; ")));
    }
    columns.body(|column| match row.get(column)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    })
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let (length, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        reader.consume(length);
        skipped += length as u64;
        if ended {
            return Ok(skipped);
        }
    }
}
