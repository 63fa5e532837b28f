//! Label selectors as they stand in a query: `a=b,c!=d,e in (f,g),!h`.
//!
//! The grammar is that of k8s.io/apimachinery/pkg/labels, but for `<` and `>`, which no list takes either.

use kube::core::{Expression, Selector};
use std::collections::BTreeSet;

/// A selector that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the label selector {selector:?} cannot be read at {at:?}: {expected} is expected")]
pub(super) struct BadSelector {
    selector: String,
    at: String,
    expected: &'static str,
}

/// Reads a selector; an empty one selects everything.
pub(super) fn parse(selector: &str) -> Result<Selector, BadSelector> {
    let mut text = Text { rest: selector.trim() };
    text.requirements().map_err(|expected| BadSelector {
        selector: selector.to_owned(),
        at: text.rest.to_owned(),
        expected,
    })
}

/// What is not read yet.
struct Text<'a> {
    rest: &'a str,
}

impl<'a> Text<'a> {
    fn requirements(&mut self) -> Result<Selector, &'static str> {
        let mut found = Selector::default();
        while !self.rest.is_empty() {
            found.extend(self.requirement()?);
            match self.take(",") {
                Some(()) if self.rest.is_empty() => return Err("a label's key"),
                None if !self.rest.is_empty() => return Err("a comma"),
                Some(()) | None => {}
            }
        }
        Ok(found)
    }

    fn requirement(&mut self) -> Result<Expression, &'static str> {
        if self.take("!").is_some() {
            return Ok(Expression::DoesNotExist(self.key()?));
        }
        let key = self.key()?;
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Ok(Expression::Exists(key));
        }
        if self.take("!=").is_some() {
            return Ok(Expression::NotEqual(key, self.value()?));
        }
        if self.take("==").or_else(|| self.take("=")).is_some() {
            return Ok(Expression::Equal(key, self.value()?));
        }
        match self.word() {
            "in" => Ok(Expression::In(key, self.set()?)),
            "notin" => Ok(Expression::NotIn(key, self.set()?)),
            _ => Err("one of =, ==, !=, in and notin"),
        }
    }

    fn key(&mut self) -> Result<String, &'static str> {
        match self.word() {
            "" => Err("a label's key"),
            key => Ok(key.to_owned()),
        }
    }

    /// One value, which may be empty.
    fn value(&mut self) -> Result<String, &'static str> {
        let value = self.word().to_owned();
        match self.rest.is_empty() || self.rest.starts_with([',', ')']) {
            true => Ok(value),
            false => Err("the end of the value"),
        }
    }

    fn set(&mut self) -> Result<BTreeSet<String>, &'static str> {
        self.take("(").ok_or("an opening parenthesis")?;
        let mut values = BTreeSet::new();
        loop {
            values.insert(self.value()?);
            if self.take(")").is_some() {
                return Ok(values);
            }
            self.take(",").ok_or("a closing parenthesis")?;
        }
    }

    /// What comes up to the next sign that has a meaning, which may be nothing.
    fn word(&mut self) -> &'a str {
        let is_meaning = |sign: char| sign.is_whitespace() || "=!,()<>".contains(sign);
        let (word, rest) = self.rest.split_at(self.rest.find(is_meaning).unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        word
    }

    fn take(&mut self, sign: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(sign)?.trim_start();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::SelectorExt;
    use std::collections::BTreeMap;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_operator_selects_as_the_api_server_would() {
        let pool = labels(&[("pawnshop.dev/shop", "town"), ("pawnshop.dev/pool", "items")]);
        let table = [
            ("", true),
            ("  ", true),
            ("pawnshop.dev/shop=town", true),
            ("pawnshop.dev/shop==town", true),
            ("pawnshop.dev/shop=city", false),
            ("pawnshop.dev/shop=", false),
            ("pawnshop.dev/shop=town,pawnshop.dev/pool=items", true),
            ("pawnshop.dev/shop=town,pawnshop.dev/pool=actions", false),
            (" pawnshop.dev/shop = town , pawnshop.dev/pool == items ", true),
            ("pawnshop.dev/pool!=actions", true),
            ("pawnshop.dev/pool!=items", false),
            ("other!=items", true),
            ("pawnshop.dev/pool in (items,actions)", true),
            ("pawnshop.dev/pool in ( actions )", false),
            ("pawnshop.dev/pool notin (actions),pawnshop.dev/shop", true),
            ("pawnshop.dev/pool notin (items, actions)", false),
            ("other notin (items)", true),
            ("other in ()", false),
            ("pawnshop.dev/pool", true),
            ("other", false),
            ("!other", true),
            ("! pawnshop.dev/pool", false),
            ("in in (in)", false),
        ];
        for (selector, selects) in table {
            assert_eq!(parse(selector).unwrap().matches(&pool), selects, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused_and_told_where() {
        let table = [
            (",", "a label's key"),
            ("a=b,", "a label's key"),
            ("=b", "a label's key"),
            ("!", "a label's key"),
            ("a b", "one of"),
            ("a>1", "one of"),
            ("a=b c", "the end of the value"),
            ("a=b=c", "the end of the value"),
            ("a in b", "an opening parenthesis"),
            ("a in (b", "a closing parenthesis"),
            ("a in (b c)", "the end of the value"),
            ("!a=b", "a comma"),
        ];
        for (selector, expected) in table {
            let told = parse(selector).unwrap_err().to_string();
            assert!(told.contains(expected) && told.contains(&format!("{selector:?}")), "{selector}: {told}");
        }
    }

    #[test]
    fn what_is_written_of_a_selector_is_read_as_the_same() {
        let table = ["a=b", "a!=b", "a in (b,c)", "a notin (b,c)", "a", "!a", "a=b,c in (d),!e"];
        for selector in table {
            assert_eq!(parse(selector).unwrap().to_string(), selector);
        }
    }
}
