mod list;

use crate::problem::{Fault, Place, Problem, kinds};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The members of a JSON object, in the order of the body, and the faults found while taking them.
///
/// Unknown members are ignored. Take every value first, then look at the faults, so that the client learns
/// of all of them at once:
///
/// ```
/// # use pawnshop_edge::{Fields, Problem, integer};
/// # fn price(text: &str) -> Result<i64, Problem> {
/// let mut fields = Fields::parse(text.as_bytes())?;
/// let price = fields.required("price", integer(0..=i64::MAX));
/// let Some(price) = price else { return Err(fields.into_problem()) };
/// fields.finish()?;
/// # Ok(price)
/// # }
/// # assert_eq!(price(r#"{"price": 3, "more": null}"#).unwrap(), 3);
/// # assert_eq!(price(r#"{"price": -3}"#).unwrap_err().errors()[0].detail, "must be 0 or more");
/// ```
#[derive(Debug)]
pub struct Fields {
    members: Vec<(String, Value)>,
    /// Each with the position of its member, so that faults are told in the order of the body.
    faults: Vec<(usize, Fault)>,
}

/// Why a value is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFault {
    /// Stable, machine-readable: `type`, `range`, `value`.
    pub code: &'static str,
    /// One sentence for people.
    pub detail: Cow<'static, str>,
}

impl Fields {
    /// Parses a body.
    ///
    /// # Errors
    /// 400 with line and column when it is not JSON in UTF-8; 422 when it is not an object.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
        match serde_json::from_str(text) {
            Ok(Members(members)) => Ok(Self { members, faults: Vec::new() }),
            Err(error) if error.is_data() => Err(not_an_object(text)),
            Err(error) => Err(malformed(&error)),
        }
    }

    /// Takes a member that must be there. `None` means that a fault was noted.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&Value) -> Result<T, ValueFault>,
    ) -> Option<T> {
        if self.members.iter().any(|(member, _)| member == name) {
            return self.take(name, take);
        }
        self.note(usize::MAX, name, ValueFault::new("missing", "is required"));
        None
    }

    /// Takes a member that may be absent or `null`. `None` means that it is, or that a fault was noted.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&Value) -> Result<T, ValueFault>,
    ) -> Option<T> {
        let present = self.members.iter().any(|(member, value)| member == name && !value.is_null());
        if present { self.take(name, take) } else { None }
    }

    /// All is well, or every fault as one problem.
    pub fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.into_problem()) }
    }

    /// Every fault as one problem: 422.
    pub fn into_problem(mut self) -> Problem {
        self.faults.sort_by_key(|(position, _)| *position);
        let errors: Vec<_> = self.faults.into_iter().map(|(_, fault)| fault).collect();
        let detail = match errors.len() {
            1 => Cow::Borrowed("the body has 1 fault"),
            count => Cow::Owned(format!("the body has {count} faults")),
        };
        Problem::new(kinds::INVALID_BODY, detail).with_errors(errors)
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        take: impl FnOnce(&Value) -> Result<T, ValueFault>,
    ) -> Option<T> {
        let mut found = self.members.iter().enumerate().filter(|(_, (member, _))| member == name);
        let (position, (_, value)) = found.next()?;
        let taken = match found.next() {
            // JSON leaves open which one counts (RFC 8259, section 4): better refused than guessed.
            Some(_) => Err(ValueFault::new("duplicate", "is given more than once")),
            None => take(value),
        };
        match taken {
            Ok(value) => Some(value),
            Err(fault) => {
                self.note(position, name, fault);
                None
            }
        }
    }

    fn note(&mut self, position: usize, name: &'static str, fault: ValueFault) {
        self.note_at(position, format!("#/{name}"), fault);
    }

    fn note_at(&mut self, position: usize, pointer: String, fault: ValueFault) {
        let place = Place::Pointer(pointer);
        self.faults.push((position, Fault { place, code: fault.code, detail: fault.detail.into_owned() }));
    }
}

impl ValueFault {
    /// A fault with its code and sentence.
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// Takes a string that parses as `T`; the parse error is the fault's sentence.
pub fn parsed<T>(value: &Value) -> Result<T, ValueFault>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let Value::String(text) = value else { return Err(ValueFault::new("type", "must be a string")) };
    text.parse().map_err(|error: T::Err| ValueFault::new("value", error.to_string()))
}

/// Floats up to this hold every integer exactly (2^53); beyond, a number that was written as a float may stand
/// for another than the client meant.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Takes a whole number within `range`. `3.0` is one, as in JSON Schema, as far as floats are exact.
pub fn integer(range: RangeInclusive<i64>) -> impl FnOnce(&Value) -> Result<i64, ValueFault> {
    move |value| {
        let Value::Number(number) = value else { return Err(ValueFault::new("type", "must be an integer")) };
        let float = number.as_f64().unwrap_or(f64::NAN);
        let whole = number.as_i64().or_else(|| exact(float));
        match whole {
            Some(whole) if range.contains(&whole) => Ok(whole),
            None if float.abs() < I64_BOUND => {
                Err(ValueFault::new("type", "must be an integer, without fraction or exponent"))
            }
            // Beyond 64 bits an integer is parsed as a float: its size is the fault, not its form.
            _ if float < *range.start() as f64 => {
                Err(ValueFault::new("range", format!("must be {} or more", range.start())))
            }
            _ => Err(ValueFault::new("range", format!("must be {} or less", range.end()))),
        }
    }
}

/// 2^63: floats from here on are no 64-bit integers.
const I64_BOUND: f64 = 9_223_372_036_854_775_808.0;

fn exact(float: f64) -> Option<i64> {
    // Within these bounds the conversion neither rounds nor saturates.
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
}

fn malformed(error: &serde_json::Error) -> Problem {
    // serde_json ends its message with the place; so does this detail, in one form for every fault.
    let message = error.to_string();
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    Problem::new(kinds::MALFORMED_JSON, format!("{what} at line {} column {}", error.line(), error.column()))
}

fn not_utf8(body: &[u8], valid_up_to: usize) -> Problem {
    let valid = body.get(..valid_up_to).unwrap_or_default();
    let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = valid.iter().rev().take_while(|&&byte| byte != b'\n').count() + 1;
    Problem::new(kinds::MALFORMED_JSON, format!("not UTF-8 at line {line} column {column}"))
}

fn not_an_object(text: &str) -> Problem {
    // The object was missed at the first byte; the rest may still be malformed, which is the graver fault.
    if let Err(error) = serde_json::from_str::<Value>(text) {
        return malformed(&error);
    }
    let fault =
        Fault { place: Place::Pointer("#".to_owned()), code: "type", detail: "must be an object".to_owned() };
    Problem::new(kinds::INVALID_BODY, "the body has 1 fault").with_errors(vec![fault])
}

/// An object's members as they stand, duplicates included.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests;
