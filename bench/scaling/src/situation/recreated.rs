use super::{Outcome, Situation, kept};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::Result;
use std::time::Duration;
use tokio::time::sleep;

const WANTED: Wanted = Wanted { name: "recreated", min: 0, max: 10, per_worker: 50 };
/// Longer than the time after which a pool sleeps: whoever takes a queue that is gone for an empty one shows it.
const GONE: Duration = Duration::from_secs(40);

pub(super) async fn bring_about(world: &World) -> Result<Outcome> {
    let pool = Pool::new(world, WANTED).await?;
    pool.publish(1_000).await?;
    pool.becomes(10).await?;
    let watch = pool.watch();
    let deleted = watch.now();
    pool.broker().delete(pool.queue()).await?;
    sleep(GONE).await;
    let gone = watch.fewest_since(deleted);
    pool.declare().await?;
    pool.publish(500).await?;
    let back = watch.now();
    sleep(world.outage).await;
    let (while_gone, kept_while_gone) = match gone {
        Some((fewest, after)) if fewest < 10 => (format!("10 → {fewest} at +{after:.0} s"), false),
        _ => ("holds 10".to_owned(), true),
    };
    let (after, kept_after) = kept(&watch, back, 10);
    let told = format!("{while_gone} while it is gone, {after} once it is back");
    let fewest = |fewest: Option<(i32, f64)>| fewest.map_or(f64::NAN, |(fewest, _)| fewest.into());
    let figures = [("fewest_gone", fewest(gone)), ("fewest_back", fewest(watch.fewest_since(back)))];
    Ok(Situation::Recreated.seen(world, &watch, (told, kept_while_gone && kept_after), figures))
}
