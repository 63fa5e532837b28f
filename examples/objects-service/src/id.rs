use serde::Serialize;

/// An object's name. It is told as it was asked for: an integer where the path had one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum ObjectId {
    /// A whole number that fits 64 bits.
    Integer(i128),
    /// Anything else.
    Text(String),
}

impl From<String> for ObjectId {
    fn from(text: String) -> Self {
        let number = text.parse::<i64>().map(i128::from).or_else(|_| text.parse::<u64>().map(i128::from));
        match number {
            // `007` and `+7` are names: written back as numbers they would be others.
            Ok(number) if number.to_string() == text => Self::Integer(number),
            _ => Self::Text(text),
        }
    }
}

impl From<i64> for ObjectId {
    fn from(number: i64) -> Self {
        Self::Integer(number.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_told_as_integers_and_all_else_as_text() {
        let cases = [
            ("1", "1"),
            ("-5", "-5"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "\"18446744073709551616\""),
            ("007", "\"007\""),
            ("+7", "\"+7\""),
            ("-0", "\"-0\""),
            ("1.5", "\"1.5\""),
            ("a lamp", "\"a lamp\""),
            ("", "\"\""),
        ];
        for (text, json) in cases {
            let id = ObjectId::from(text.to_owned());
            assert_eq!(serde_json::to_string(&id).unwrap(), json);
        }
    }
}
