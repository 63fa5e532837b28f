use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in minor units (cents) of the shop's currency. May be negative: a loss is a profit below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

/// An amount that is never below zero, in minor units of the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Price(i64);

/// A price below zero was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 0 or more, in minor units of the currency")]
pub struct NegativePrice;

impl Price {
    /// Checks that `minor_units` is 0 or more.
    pub fn new(minor_units: i64) -> Result<Self, NegativePrice> {
        if minor_units < 0 { Err(NegativePrice) } else { Ok(Self(minor_units)) }
    }

    /// The amount in minor units.
    pub fn minor_units(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
