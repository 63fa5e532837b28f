//! Field names as MongoDB takes them without a second thought: it reads `a.b` as a path and a leading `$` as an
//! operator. Both are percent-encoded (RFC 3986), and so is a `%` that would read as one of the three.

use std::borrow::Cow;

const ESCAPES: [(char, &str); 3] = [('.', "%2E"), ('$', "%24"), ('%', "%25")];

/// The name in the database.
pub(crate) fn escape(name: &str) -> Cow<'_, str> {
    if !name.starts_with('$') && !name.contains(['.', '%']) {
        return Cow::Borrowed(name);
    }
    let mut escaped = String::with_capacity(name.len() + 8);
    for (at, character) in name.char_indices() {
        let escape = match character {
            '.' => true,
            '$' => at == 0,
            '%' => escape_at(&name[at..]).is_some(),
            _ => false,
        };
        match ESCAPES.iter().find(|(plain, _)| escape && *plain == character) {
            Some((_, escape)) => escaped.push_str(escape),
            None => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

/// The name in the body.
pub(crate) fn unescape(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = escape_at(rest).unwrap_or(('%', 1));
        plain.push(character);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// What an escape at the start stands for, and its length.
fn escape_at(text: &str) -> Option<(char, usize)> {
    ESCAPES.iter().find(|(_, escape)| text.starts_with(escape)).map(|(plain, escape)| (*plain, escape.len()))
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};
    use proptest::prelude::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["category", "", "a b", "ü", "a$", "50%", "100% of 2", "_id", "'"] {
            assert_eq!(escape(name), name);
            assert_eq!(unescape(name), name);
        }
    }

    #[test]
    fn paths_and_operators_are_percent_encoded() {
        for (name, escaped) in
            [("a.b", "a%2Eb"), ("$gt", "%24gt"), ("$$", "%24$"), ("%2E", "%252E"), ("%25", "%2525")]
        {
            assert_eq!(escape(name), escaped);
            assert_eq!(unescape(escaped), name);
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "[%$.2E45a]{0,12}|.*") {
            let escaped = escape(&name).into_owned();
            prop_assert_eq!(unescape(&escaped), name.as_str());
            prop_assert!(!escaped.contains('.') && !escaped.starts_with('$'));
        }
    }
}
