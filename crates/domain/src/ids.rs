use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The namespace of every UUID that Pawnshop derives (RFC 9562, version 5).
const NAMESPACE: Uuid = Uuid::from_u128(0x8f1c_2f0e_6b1d_5c52_9d55_70a3_5a90_0d01);

/// An event's identity: UUIDv7 when fresh, UUIDv5 when derived (decision D4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Uuid);

impl EventId {
    /// A fresh, time-ordered id (UUIDv7).
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id that the same parts always give (UUIDv5). Parts are length-prefixed, so that
    /// ("ab", "c") and ("a", "bc") differ.
    pub fn derived(parts: &[&str]) -> Self {
        let mut name = Vec::new();
        for part in parts {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self).map_err(|_| IdError::NotUuid)
    }
}

/// Why a text is not an id or a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID.
    #[error("must be a UUID")]
    NotUuid,
    /// Not 1 to 128 printable characters without `/`, or with a space at an end, or `.` or `..`.
    #[error(
        "must be 1 to 128 printable characters without \"/\", not beginning or ending with a space, and not \
         \".\" or \"..\""
    )]
    NotPrintable,
    /// Not a lower-case DNS label of at most the given length.
    #[error(
        "must be 1 to {0} characters of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\""
    )]
    NotLabel(usize),
}

macro_rules! printable_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                printable(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

printable_id! {
    /// An item's id: the client's own, or a generated UUID. 1 to 128 printable characters without `/`.
    ItemId
}

printable_id! {
    /// A client's id: 1 to 128 printable characters without `/`.
    ClientId
}

impl From<EventId> for ItemId {
    fn from(id: EventId) -> Self {
        Self(id.to_string())
    }
}

fn printable(text: &str) -> Result<String, IdError> {
    let length = text.chars().count();
    let printable = text.chars().all(|c| !c.is_control() && c != '/' && (c == ' ' || !c.is_whitespace()));
    let dots = text == "." || text == "..";
    let padded = text.starts_with(' ') || text.ends_with(' ');
    if (1..=128).contains(&length) && printable && !dots && !padded {
        Ok(text.to_owned())
    } else {
        Err(IdError::NotPrintable)
    }
}

/// The most characters of a flow's name.
const FLOW_NAME_LENGTH: usize = 40;

/// A flow's name: a lower-case label of at most 40 characters (decision K8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FlowName(Cow<'static, str>);

impl FlowName {
    /// A name that the program itself gives, checked when a `const` of it is compiled.
    pub const fn fixed(name: &'static str) -> Self {
        assert!(is_label(name, FLOW_NAME_LENGTH), "not a lower-case label of at most 40 characters");
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FlowName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        label(text, FLOW_NAME_LENGTH).map(|name| Self(Cow::Owned(name)))
    }
}

impl fmt::Display for FlowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A shop's full name: `<namespace>.<name>`, as its exchange is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShopName {
    namespace: String,
    name: String,
}

impl ShopName {
    /// Checks both parts: a namespace of at most 63 characters, a name of at most 30 (decision K8).
    pub fn new(namespace: &str, name: &str) -> Result<Self, IdError> {
        Ok(Self { namespace: label(namespace, 63)?, name: label(name, 30)? })
    }

    /// The Kubernetes namespace; `default` outside Kubernetes.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name within the namespace.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for ShopName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.name)
    }
}

fn label(text: &str, max: usize) -> Result<String, IdError> {
    if is_label(text, max) { Ok(text.to_owned()) } else { Err(IdError::NotLabel(max)) }
}

/// Loops over bytes because that is what a `const fn` can do.
const fn is_label(text: &str, max: usize) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > max || !bytes[0].is_ascii_lowercase() {
        return false;
    }
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        if !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return false;
        }
        index += 1;
    }
    bytes[bytes.len() - 1] != b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_repeat_and_keep_their_parts_apart() {
        assert_eq!(EventId::derived(&["a", "b"]), EventId::derived(&["a", "b"]));
        assert_ne!(EventId::derived(&["ab", "c"]), EventId::derived(&["a", "bc"]));
    }

    #[test]
    fn item_ids_are_printable_and_cannot_walk_a_path() {
        for good in ["a", "SKU 12", "öl", "a.b", "...", &"x".repeat(128)] {
            assert!(good.parse::<ItemId>().is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a\nb", "\u{7f}", " a", "a ", "a\u{2028}b", &"x".repeat(129)] {
            assert!(bad.parse::<ItemId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_fixed_flow_name_is_the_parsed_one() {
        const NAME: FlowName = FlowName::fixed("buy-actions");
        assert_eq!(NAME, "buy-actions".parse().unwrap());
    }

    #[test]
    fn names_are_lower_case_labels() {
        for good in ["item", "buy-actions", "a1"] {
            assert!(good.parse::<FlowName>().is_ok(), "{good}");
        }
        for bad in ["", "1a", "-a", "a-", "A", "a_b", "a.b", &"x".repeat(41)] {
            assert!(bad.parse::<FlowName>().is_err(), "{bad}");
        }
    }
}
