//! What an object is called. Texts are parsed here once; what has this type is valid.

use std::fmt;
use std::str::FromStr;

/// The most characters of an object's id.
pub(crate) const MAX_ID_LENGTH: usize = 200;

/// An object's id: the partner's own, as text. A whole number is its digits, so that 1 and "1" are one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId(String);

/// A text that is no object's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_ID_LENGTH} characters, without control characters, and not \".\" or \"..\"")]
pub struct InvalidObjectId;

impl ObjectId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectId {
    type Err = InvalidObjectId;

    /// Any characters but control characters: in a path it is one segment, percent-encoded, which cannot be said of `.`
    /// and `..`.
    fn from_str(text: &str) -> Result<Self, InvalidObjectId> {
        let fits = (1..=MAX_ID_LENGTH).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) && text != "." && text != ".." {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidObjectId)
        }
    }
}

impl From<i64> for ObjectId {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<u64> for ObjectId {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_any_characters_that_are_none_of_control() {
        for good in ["1", "-7", "a/b", "ö ß", "...", "a%2Fb?c#d", " ", &"€".repeat(200)] {
            assert_eq!(good.parse::<ObjectId>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a\nb", "\u{7f}", "\0", &"x".repeat(201)] {
            assert_eq!(bad.parse::<ObjectId>(), Err(InvalidObjectId), "{bad:?}");
        }
    }

    #[test]
    fn a_number_is_its_digits() {
        assert_eq!(ObjectId::from(1_i64), "1".parse().unwrap());
        assert_eq!(ObjectId::from(u64::MAX).as_str(), "18446744073709551615");
        assert_eq!(ObjectId::from(i64::MIN).as_str(), "-9223372036854775808");
    }
}
