use std::fmt;

/// Why a pool has as many workers as it is to have. The names are stable: they stand in status, events and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Its backlog asks for as many as there are.
    AsWanted,
    /// It sleeps, and nothing waits.
    Asleep,
    /// More would be asked for than it may have.
    AtMaximum,
    /// Fewer would do than it must have.
    AtMinimum,
    /// Its backlog asks for more.
    BacklogGrew,
    /// Its backlog has asked for fewer for the whole stabilisation window.
    BacklogShrank,
    /// Nobody knows its backlog: unknown is never zero.
    BacklogUnknown,
    /// Its busy workers ask for more than its backlog does.
    BusyWorkers,
    /// It had nothing to do for the whole idle window.
    FellAsleep,
    /// Its last worker has nothing to do, but not for long enough to sleep.
    Idling,
    /// Scaling is paused.
    Paused,
    /// It was found without workers though it must have some.
    Restored,
    /// Fewer would do, but not for the whole stabilisation window.
    Stabilising,
    /// More are asked for than may be added so soon.
    SurgeLimited,
    /// It slept, and nobody has known its backlog for too long.
    WokeBlind,
    /// It slept, and events came.
    WokeUp,
}

impl Reason {
    /// Its name, in CamelCase, as reasons of Kubernetes are.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsWanted => "AsWanted",
            Self::Asleep => "Asleep",
            Self::AtMaximum => "AtMaximum",
            Self::AtMinimum => "AtMinimum",
            Self::BacklogGrew => "BacklogGrew",
            Self::BacklogShrank => "BacklogShrank",
            Self::BacklogUnknown => "BacklogUnknown",
            Self::BusyWorkers => "BusyWorkers",
            Self::FellAsleep => "FellAsleep",
            Self::Idling => "Idling",
            Self::Paused => "Paused",
            Self::Restored => "Restored",
            Self::Stabilising => "Stabilising",
            Self::SurgeLimited => "SurgeLimited",
            Self::WokeBlind => "WokeBlind",
            Self::WokeUp => "WokeUp",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
