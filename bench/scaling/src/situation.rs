//! What happens.

mod burst;
mod neighbours;
mod outage;
mod recreated;
mod rotated;
mod stranger;
mod unacknowledged;

use crate::contestant::Contestant;
use crate::watch::{Sample, Watch};
use crate::world::World;
use anyhow::Result;
use clap::ValueEnum;
use outage::Cause;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What happens to a pool, or around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// Work comes to a pool that sleeps.
    Burst,
    /// All work is in the workers' hands.
    Unacknowledged,
    /// The queue is deleted, and made again with work in it.
    Recreated,
    /// The password is changed on the broker, and then in the Secret.
    Rotated,
    /// The password is wrong.
    Credentials,
    /// The management API answers with status 500.
    Failing,
    /// Nobody listens at the broker's port.
    Closed,
    /// The broker accepts, and never answers.
    Hang,
    /// Brokers of many other pools hang.
    Neighbours,
    /// Somebody else takes the APIService of external metrics.
    Stranger,
}

/// What was seen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) contestant: Contestant,
    pub(crate) situation: Situation,
    /// In few words.
    pub(crate) told: String,
    /// Whether nobody was harmed: no worker taken from work that was there, and work seen that came.
    pub(crate) held: Option<bool>,
    /// What was measured, by name; seconds and replicas.
    pub(crate) figures: BTreeMap<&'static str, f64>,
    pub(crate) samples: Vec<Sample>,
}

impl Situation {
    /// All of them, in the order of the report.
    pub(crate) const ALL: [Self; 10] = [
        Self::Burst,
        Self::Unacknowledged,
        Self::Recreated,
        Self::Rotated,
        Self::Credentials,
        Self::Failing,
        Self::Closed,
        Self::Hang,
        Self::Neighbours,
        Self::Stranger,
    ];

    /// Those that are chosen, in groups of which each may be run side by side. What hangs holds up the HPA controller, and
    /// who owns the APIService concerns everybody: these are alone.
    pub(crate) fn groups(chosen: &[Self]) -> Vec<Vec<Self>> {
        let is_alone = |situation: &Self| matches!(situation, Self::Hang | Self::Neighbours | Self::Stranger);
        let all = Self::ALL.into_iter().filter(|situation| chosen.contains(situation));
        let (alone, together): (Vec<_>, Vec<_>) = all.partition(is_alone);
        let groups = std::iter::once(together).chain(alone.into_iter().map(|situation| vec![situation]));
        groups.filter(|group| !group.is_empty()).collect()
    }

    pub(crate) async fn bring_about(self, world: &World) -> Result<Outcome> {
        match self {
            Self::Burst => burst::bring_about(world).await,
            Self::Unacknowledged => unacknowledged::bring_about(world).await,
            Self::Recreated => recreated::bring_about(world).await,
            Self::Rotated => rotated::bring_about(world).await,
            Self::Credentials => outage::bring_about(world, Cause::Credentials).await,
            Self::Failing => outage::bring_about(world, Cause::Failing).await,
            Self::Closed => outage::bring_about(world, Cause::Closed).await,
            Self::Hang => outage::bring_about(world, Cause::Hanging).await,
            Self::Neighbours => neighbours::bring_about(world).await,
            Self::Stranger => stranger::bring_about(world).await,
        }
    }

    /// What the report calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Burst => "5,000 messages come to a pool that sleeps",
            Self::Unacknowledged => "5,000 messages in the workers' hands, none ready",
            Self::Recreated => "the queue is deleted, and made again with 500 messages",
            Self::Rotated => {
                "the password is changed on the broker, 10 s later in the Secret, and 1,000 messages come"
            }
            Self::Credentials => "the password is wrong",
            Self::Failing => "the management API answers with status 500",
            Self::Closed => "nobody listens at the broker's port",
            Self::Hang => "the broker accepts and never answers",
            Self::Neighbours => "the brokers of other pools hang; 5,000 messages come to a healthy one",
            Self::Stranger => "somebody else takes the APIService; 5,000 messages come",
        }
    }

    /// What was seen of a pool in this situation.
    fn seen<const N: usize>(
        self,
        world: &World,
        watch: &Watch,
        (told, held): (String, bool),
        figures: [(&'static str, f64); N],
    ) -> Outcome {
        Outcome {
            contestant: world.contestant,
            situation: self,
            told,
            held: Some(held),
            figures: figures.into(),
            samples: watch.samples(),
        }
    }

    /// Nothing to see: it does not concern the contestant.
    fn of_no_concern(self, world: &World, why: &str) -> Outcome {
        Outcome {
            contestant: world.contestant,
            situation: self,
            told: why.to_owned(),
            held: None,
            figures: BTreeMap::new(),
            samples: Vec::new(),
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// When something was reached, in words.
fn at(after: Option<f64>) -> String {
    after.map_or_else(|| "never".to_owned(), |seconds| format!("+{seconds:.0} s"))
}

/// Whether a pool of so many kept its workers from a moment on, and what it did if not.
fn kept(watch: &Watch, moment: f64, replicas: i32) -> (String, bool) {
    match watch.fewest_since(moment) {
        Some((fewest, after)) if fewest < replicas => {
            (format!("**{replicas} → {fewest}** at +{after:.0} s"), false)
        }
        Some(_) => (format!("holds {replicas}"), true),
        None => ("was not seen".to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_disturbs_others_is_run_alone() {
        let groups = Situation::groups(&Situation::ALL);
        assert_eq!(groups.concat().len(), Situation::ALL.len());
        assert!(groups.iter().filter(|group| group.contains(&Situation::Hang)).all(|group| group.len() == 1));
        assert_eq!(Situation::groups(&[Situation::Hang]), [[Situation::Hang]]);
    }
}
