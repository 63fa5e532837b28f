use super::names::{is_made_of, text};
use super::{Rule, Twin};

/// On the spec.
pub(crate) const SPEC: [Rule; 1] = [Rule {
    cel: "!has(oldSelf.store) || (has(self.store) && has(self.store.database) == has(oldSelf.store.database) && \
          (!has(self.store.database) || self.store.database == oldSelf.store.database))",
    message: "store.database cannot be changed, added or removed, nor store be removed: the documents would stay \
              behind; make a shop of another name to use another database",
    twin: Twin::OnChange,
}];

/// On the name of a database.
pub(crate) const DATABASE: [Rule; 1] = [Rule {
    cel: "self.matches('^[-_a-zA-Z0-9]+$')",
    message: "a database's name is made of letters, digits, \"-\" and \"_\"",
    twin: Twin::Holds(|name| text(name).is_none_or(|name| is_made_of(name, b"-_"))),
}];
