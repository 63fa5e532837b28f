use super::lines::Lines;
use super::{Columns, Take};
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use std::collections::HashMap;
use std::io::Read;

/// Hands over every record below the header.
pub(super) fn read(
    reader: impl Read,
    delimiter: u8,
    columns: &Columns,
    take: &mut Take<'_>,
) -> anyhow::Result<()> {
    let lines = Lines::default();
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(lines.watch(reader));
    let header: Vec<String> =
        reader.byte_headers()?.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    columns.check_header(&header)?;
    let places: HashMap<&str, usize> =
        header.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let mut record = ByteRecord::new();
    let mut read = 0;
    loop {
        let row = match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => body(&record, &places, columns),
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    Err(format!("{len} fields where the header has {expected_len}"))
                }
                _ => return Err(error.into()),
            },
        };
        let end = reader.position().byte();
        let inside = record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        if !take(lines.first_of(end, inside as u64), row, end - read) {
            return Ok(());
        }
        read = end;
    }
}

fn body(
    record: &ByteRecord,
    places: &HashMap<&str, usize>,
    columns: &Columns,
) -> Result<bytes::Bytes, String> {
    if std::str::from_utf8(record.as_slice()).is_err() {
        return Err("not UTF-8; convert the file first, such as with iconv -f latin1 -t utf-8".to_owned());
    }
    columns.body(|column| {
        let cell = record.get(*places.get(column)?)?;
        Some(String::from_utf8_lossy(cell).into_owned())
    })
}
