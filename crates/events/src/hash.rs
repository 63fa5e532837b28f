use sha2::{Digest, Sha256};
use std::fmt;

/// The version of the hashing rule; a change of the rule changes it, so that old hashes are told apart.
const VERSION: &str = "v1";

/// A versioned SHA-256 over a validated request: "same content" compares this, never generated fields
/// (decision D4). Written `v1:<64 hex digits>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(String);

impl ContentHash {
    /// Takes a hash as it stands in an envelope or a document.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hashes named fields. Names and values are length-prefixed; absent fields are simply not added.
pub struct ContentHasher(Sha256);

impl ContentHasher {
    /// Starts a hash for one event type, so that two types never share a hash.
    pub fn new(event_type: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.bytes(event_type.as_bytes());
        hasher
    }

    /// Adds a field's canonical text.
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.bytes(name.as_bytes());
        self.bytes(value.as_bytes());
        self
    }

    /// Adds a field's number.
    pub fn number(mut self, name: &str, value: i64) -> Self {
        self.bytes(name.as_bytes());
        self.bytes(&value.to_be_bytes());
        self
    }

    /// The hash of all that was added, in the order in which it was added.
    pub fn finish(self) -> ContentHash {
        const HEX: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        let digest = self.0.finalize();
        let mut text = String::with_capacity(VERSION.len() + 1 + 64);
        text.push_str(VERSION);
        text.push(':');
        for byte in digest {
            // By hand, for this runs once per accepted event.
            text.push(HEX[usize::from(byte >> 4)]);
            text.push(HEX[usize::from(byte & 0x0f)]);
        }
        ContentHash(text)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}
