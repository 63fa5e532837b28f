use super::{Outcome, Situation, at, kept};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::Result;
use std::time::Duration;
use tokio::time::sleep;

const WANTED: Wanted = Wanted { name: "rotated", min: 0, max: 20, per_worker: 100 };
const BETWEEN: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(180);
const SECOND_PASSWORD: &str = "second";

pub(super) async fn bring_about(world: &World) -> Result<Outcome> {
    let pool = Pool::new(world, WANTED).await?;
    pool.publish(1_000).await?;
    let before = 10;
    // Where messages of unknown size are taken for as many events as they can hold, there are more.
    pool.becomes_at_least(before).await?;
    let watch = pool.watch();
    let begun = watch.now();
    pool.set_password(SECOND_PASSWORD).await?;
    sleep(BETWEEN).await;
    pool.set_secret(SECOND_PASSWORD).await?;
    let written = watch.now();
    pool.publish(1_000).await?;
    let all = watch.reaches(written, 20, PATIENCE).await;
    let (told, held) = kept(&watch, begun, before);
    let told = format!("{told}; 20 at {} after the Secret", at(all));
    Ok(Situation::Rotated.seen(
        world,
        &watch,
        (told, held && all.is_some()),
        [("all", all.unwrap_or(f64::NAN))],
    ))
}
