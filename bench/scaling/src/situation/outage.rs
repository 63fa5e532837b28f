use super::{Outcome, Situation, kept};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::Result;
use pawnshop_servers::Mood;
use std::time::Duration;
use tokio::time::sleep;

const MESSAGES: usize = 1_000;
/// What may go wrong when everything is well again is looked at as well.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// Why the backlog cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Credentials,
    Failing,
    Closed,
    Hanging,
}

pub(super) async fn bring_about(world: &World, cause: Cause) -> Result<Outcome> {
    let situation = cause.situation();
    if cause == Cause::Failing && !world.contestant.asks_management() {
        return Ok(situation.of_no_concern(world, "does not ask it"));
    }
    let pool = Pool::new(world, Wanted { name: cause.name(), min: 0, max: 10, per_worker: 100 }).await?;
    pool.publish(MESSAGES).await?;
    pool.becomes(10).await?;
    let watch = pool.watch();
    let begun = watch.now();
    match cause {
        Cause::Credentials => pool.set_password("changed").await?,
        Cause::Failing => pool.management_is(Mood::Failing),
        Cause::Closed => pool.doors_are(Mood::Shut),
        Cause::Hanging => pool.doors_are(Mood::Hanging),
    }
    sleep(world.outage).await;
    match cause {
        Cause::Credentials => pool.set_password("first").await?,
        Cause::Failing | Cause::Closed | Cause::Hanging => pool.doors_are(Mood::Open),
    }
    sleep(AFTERWARDS).await;
    let fewest = watch.fewest_since(begun).map_or(f64::NAN, |(fewest, _)| fewest.into());
    Ok(situation.seen(world, &watch, kept(&watch, begun, 10), [("fewest", fewest)]))
}

impl Cause {
    fn situation(self) -> Situation {
        match self {
            Self::Credentials => Situation::Credentials,
            Self::Failing => Situation::Failing,
            Self::Closed => Situation::Closed,
            Self::Hanging => Situation::Hang,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Failing => "failing",
            Self::Closed => "closed",
            Self::Hanging => "hang",
        }
    }
}
