//! What an item can be. Texts are parsed here once; what has these types is valid.

use crate::proto::v1;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// A text that is none of the allowed names; says which are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", .allowed.join(", "))]
pub struct UnknownName {
    /// The canonical names that would have been right.
    pub allowed: &'static [&'static str],
}

/// A closed list of names: parsed case-insensitively, written canonically, mapped to its protobuf enum.
macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($name:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum $type {
            $(
                #[doc = concat!("`", stringify!($name), "`.")]
                $name,
            )+
        }

        impl $type {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Every canonical name, in the same order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The canonical name: as stored, and as shown.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// The value of a protobuf field; `None` when it is unspecified or unknown here.
            pub fn from_proto(number: i32) -> Option<Self> {
                match v1::$type::try_from(number).ok()? {
                    v1::$type::Unspecified => None,
                    $(v1::$type::$name => Some(Self::$name),)+
                }
            }

            /// The value as a protobuf field.
            pub fn to_proto(self) -> i32 {
                match self {
                    $(Self::$name => v1::$type::$name.into(),)+
                }
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name().eq_ignore_ascii_case(text))
                    .ok_or(UnknownName { allowed: Self::NAMES })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names! {
    /// What sort of thing an item is.
    Category { Reading, Collection, Decoration, Clothing, Jewelry, Motor, Electronics }
}

names! {
    /// In what shape an item is.
    State { New, Good, Bad, Fatal }
}

/// What an item is called: 1 to 1,024 characters, no control characters, not only blanks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ItemName(String);

/// A text that is no item's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 1024 characters, without control characters and not only blanks")]
pub struct InvalidName;

impl ItemName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ItemName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let fits = (1..=1024).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) && !text.trim().is_empty() {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName)
        }
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
