use super::{Outcome, Situation, at};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::Result;
use std::time::Duration;

const WANTED: Wanted = Wanted { name: "burst", min: 0, max: 20, per_worker: 250 };
const MESSAGES: usize = 5_000;
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) async fn bring_about(world: &World) -> Result<Outcome> {
    let pool = Pool::new(world, WANTED).await?;
    pool.becomes(0).await?;
    let watch = pool.watch();
    let begun = watch.now();
    pool.publish(MESSAGES).await?;
    let all = watch.reaches(begun, 20, PATIENCE).await;
    let first = watch.reached_since(begun, 1);
    let told = format!("awake at {}, 20 at {}", at(first), at(all));
    let figures = [("first", first.unwrap_or(f64::NAN)), ("all", all.unwrap_or(f64::NAN))];
    Ok(Situation::Burst.seen(world, &watch, (told, all.is_some()), figures))
}
