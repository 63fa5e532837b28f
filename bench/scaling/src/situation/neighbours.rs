use super::{Outcome, Situation, at};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::Result;
use pawnshop_servers::Mood;
use std::time::Duration;
use tokio::time::sleep;

const HUNG: Wanted = Wanted { name: "neighbour", min: 1, max: 20, per_worker: 250 };
const HEALTHY: Wanted = Wanted { name: "healthy", min: 1, max: 20, per_worker: 250 };
const MESSAGES: usize = 5_000;
/// How long the others have hung before anything happens.
const SETTLING: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) async fn bring_about(world: &World) -> Result<Outcome> {
    let pool = Pool::new(world, HEALTHY).await?;
    let mut neighbours = Vec::with_capacity(world.neighbours);
    for _ in 0..world.neighbours {
        let neighbour = Pool::prepared(world, HUNG).await?;
        neighbour.begin(HUNG).await?;
        neighbours.push(neighbour);
    }
    for neighbour in &neighbours {
        neighbour.becomes(1).await?;
    }
    pool.becomes(1).await?;
    sleep(SETTLING).await;
    for neighbour in &neighbours {
        neighbour.doors_are(Mood::Hanging);
    }
    sleep(SETTLING).await;
    let watch = pool.watch();
    let begun = watch.now();
    pool.publish(MESSAGES).await?;
    let all = watch.reaches(begun, 20, PATIENCE).await;
    let told = match all {
        Some(_) => format!("20 at {}, beside {} that hang", at(all), world.neighbours),
        None => format!("**not 20** in {} s, beside {} that hang", PATIENCE.as_secs(), world.neighbours),
    };
    Ok(Situation::Neighbours.seen(world, &watch, (told, all.is_some()), [("all", all.unwrap_or(f64::NAN))]))
}
