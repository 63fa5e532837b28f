/// A named set of documents and the indexes that its queries need; declared once, at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Lower-case letters, digits and `_`, starting with a letter.
    pub name: &'static str,
    /// Every filter and order that is queried has its index here.
    pub indexes: &'static [Index],
}

/// An index over top-level fields, in order. The document's id always follows as the last key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// camelCase field names; their values are strings or integers.
    pub fields: &'static [&'static str],
    /// Whether two documents may not share the values. Documents without the fields are not compared.
    pub unique: bool,
}
