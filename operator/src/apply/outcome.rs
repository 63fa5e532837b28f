use crate::client::is_not_leading;
use crate::kind::Kind;

/// What came of an apply.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was written.
    pub changes: Vec<Change>,
    /// Names that others hold.
    pub conflicts: Vec<NameConflict>,
    /// What somebody else keeps changing: nothing is done about it for a while.
    pub contests: Vec<Contest>,
    /// What could not be read or written; the rest was done all the same.
    pub failures: Vec<ApplyError>,
}

impl Outcome {
    /// Adds what came of one object; whether to go on with the next.
    pub(super) fn note(&mut self, done: Result<Option<Change>, ApplyError>) -> bool {
        match done {
            Ok(change) => self.changes.extend(change),
            // What is to be written is for whoever leads.
            Err(error) if error.cause().is_some_and(is_not_leading) => return false,
            Err(error) => self.failures.push(error),
        }
        true
    }
}

/// Something that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object's kind.
    pub kind: Kind,
    /// The object's name.
    pub name: String,
    /// What was done to it.
    pub what: What,
}

/// What was done to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It was not there, and never had been.
    Created,
    /// Something else is desired than before.
    Updated,
    /// Somebody changed it, here, or deleted it.
    Repaired(String),
    /// It is no longer desired.
    Pruned,
}

/// An object of a name that the shop needs belongs to somebody else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {name} is not this shop's: {holder}. Rename or delete it, or name the shop otherwise")]
pub struct NameConflict {
    /// The object's kind.
    pub kind: Kind,
    /// The object's name.
    pub name: String,
    /// Whose it is.
    pub holder: String,
}

/// Somebody else wants an object otherwise, and changes it again after each repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {name}: something else keeps changing {path}. Find out what it is, and stop it")]
pub struct Contest {
    /// The object's kind.
    pub kind: Kind,
    /// The object's name.
    pub name: String,
    /// What is changed.
    pub path: String,
}

/// Why an object is not as desired.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A builder made something that is watched by nobody: a fault of ours.
    #[error("{0} is no kind of object that a shop has")]
    UnknownKind(String),
    /// It could not be read.
    #[error("{kind} {name} cannot be read: {source}")]
    Read {
        /// The object's kind.
        kind: Kind,
        /// The object's name.
        name: String,
        /// Why.
        source: Box<kube::Error>,
    },
    /// It could not be created or changed.
    #[error("{kind} {name} cannot be applied: {source}")]
    Write {
        /// The object's kind.
        kind: Kind,
        /// The object's name.
        name: String,
        /// Why.
        source: Box<kube::Error>,
    },
    /// It could not be given its first number of replicas.
    #[error("{kind} {name} cannot be scaled: {source}")]
    Scale {
        /// The object's kind.
        kind: Kind,
        /// The object's name.
        name: String,
        /// Why.
        source: Box<kube::Error>,
    },
    /// It could not be deleted.
    #[error("{kind} {name} cannot be deleted: {source}")]
    Delete {
        /// The object's kind.
        kind: Kind,
        /// The object's name.
        name: String,
        /// Why.
        source: Box<kube::Error>,
    },
}

impl ApplyError {
    fn cause(&self) -> Option<&kube::Error> {
        match self {
            Self::UnknownKind(_) => None,
            Self::Read { source, .. }
            | Self::Write { source, .. }
            | Self::Scale { source, .. }
            | Self::Delete { source, .. } => Some(source),
        }
    }
}
