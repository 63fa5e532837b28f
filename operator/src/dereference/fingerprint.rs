use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write;

/// As much of the hash as is kept: no two rotations of a shop meet in 128 bits.
const KEPT_BYTES: usize = 16;

/// A hash (HMAC-SHA-256, RFC 2104) under a key of the shop's own, so that equal values in two shops show nothing.
pub(super) struct KeyedHash {
    key: String,
    /// Of each value alone, by Secret and key: the order in which they are met says nothing.
    values: BTreeMap<(String, String), Vec<u8>>,
}

impl KeyedHash {
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), values: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, name: &str, key: &str, value: &str) {
        let value = self.of(&[value.as_bytes()]);
        self.values.insert((name.to_owned(), key.to_owned()), value);
    }

    /// Of all that was added, in hexadecimal digits.
    pub(super) fn digits(&self) -> String {
        let parts =
            self.values.iter().flat_map(|((name, key), value)| [name.as_bytes(), key.as_bytes(), value]);
        let hash = self.of(&parts.collect::<Vec<_>>());
        hash.iter().take(KEPT_BYTES).fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Of parts that cannot run into each other.
    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        // A key of any length will do.
        let Ok(mut hash) = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()) else { return Vec::new() };
        for part in parts {
            hash.update(&part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into_bytes().to_vec()
    }
}
