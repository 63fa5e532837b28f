use std::fmt;

/// One thing that is wrong with a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, from the top of the file: `spec.pools[1].autoscaling.min`; empty for the file as a whole.
    pub path: String,
    /// What, and what to do about it.
    pub message: String,
}

/// Everything that is wrong with a resource, at once. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults, in the order of the file's own structure.
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    pub(crate) fn one(path: &str, message: impl Into<String>) -> Self {
        Self(vec![Fault { path: path.to_owned(), message: message.into() }])
    }

    /// `faults` must hold one at least.
    pub(crate) fn of(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    pub(crate) fn check(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }
}

impl std::error::Error for Faults {}

/// One line each: `path: message`.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { self.message.fmt(f) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// ` (did you mean "x"?)` when a candidate is near, else the candidates.
pub(crate) fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let mut candidates: Vec<_> = candidates.into_iter().collect();
    candidates.sort_unstable();
    let near = candidates.iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    match near.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((likeness, candidate)) if likeness > 0.8 => format!("did you mean \"{candidate}\"?"),
        _ => format!("there are: {}", candidates.join(", ")),
    }
}
