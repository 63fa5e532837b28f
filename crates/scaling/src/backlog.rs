use std::ops::Add;

/// How many events wait or are being worked on (ready + unacknowledged).
///
/// Unknown is never zero (G7): a backlog that cannot be read never scales anything in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backlog {
    /// So many events.
    Known(u64),
    /// It could not be read, and why.
    Unknown(String),
}

/// Backlogs of several flows add up; one unknown makes the sum unknown.
impl Add for Backlog {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => Self::Known(a.saturating_add(b)),
            (Self::Unknown(reason), _) | (_, Self::Unknown(reason)) => Self::Unknown(reason),
        }
    }
}
