/// The most that one event may hold, in bytes.
const MAX_EVENT: usize = 4 << 20;

/// Makes events of the bytes of a stream, however these are cut. Fields other than `data` are of no use here.
#[derive(Debug, Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    /// The lines of data of the event that is being read.
    data: Option<String>,
    /// Whether the last byte was a CR, which may have an LF that belongs to it.
    after_cr: bool,
}

/// An event that nobody would keep.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event has more than {MAX_EVENT} bytes")]
pub(super) struct TooLong;

impl Parser {
    /// Takes the next bytes; gives the data of the events that they complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let belongs_to_cr = std::mem::replace(&mut self.after_cr, byte == b'\r') && byte == b'\n';
            match byte {
                b'\n' if belongs_to_cr => {}
                b'\r' | b'\n' => events.extend(self.end_line()),
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > MAX_EVENT {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    /// The event that ends with this line, where one does.
    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.data.take();
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\nretry: 2000\ndata: one\n\nid: 7\r\ndata:two\r\ndata:  2\r\n\r\ndata\rdata: 3\r\rdata: cut";

    #[test]
    fn events_are_the_same_however_the_stream_is_cut() {
        let wanted = ["one", "two\n 2", "\n3"];
        for size in 1..=STREAM.len() {
            let mut parser = Parser::default();
            let mut events = Vec::new();
            for bytes in STREAM.as_bytes().chunks(size) {
                events.extend(parser.push(bytes).unwrap());
            }
            assert_eq!(events, wanted, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut parser = Parser::default();
        let piece = vec![b'a'; 1 << 20];
        let result = (0..5).try_for_each(|_| parser.push(&piece).map(drop));
        assert_eq!(result, Err(TooLong));
    }
}
