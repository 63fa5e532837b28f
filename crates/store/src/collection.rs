/// A named set of documents and the indexes that its queries need; declared at start. Declared twice, it has
/// the indexes of both declarations.
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
    /// camelCase field names. A document's values in them are strings or integers; null is as good as absent.
    pub fields: &'static [&'static str],
    /// Whether two documents may not share the values. Documents without one of the fields are not compared.
    pub unique: bool,
}
