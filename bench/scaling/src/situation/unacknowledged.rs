use super::{Outcome, Situation, kept};
use crate::pool::{Pool, Wanted};
use crate::world::World;
use anyhow::Result;
use tokio::time::sleep;

const WANTED: Wanted = Wanted { name: "unacknowledged", min: 0, max: 20, per_worker: 250 };
const MESSAGES: u16 = 5_000;

pub(super) async fn bring_about(world: &World) -> Result<Outcome> {
    let pool = Pool::new(world, WANTED).await?;
    pool.publish(MESSAGES.into()).await?;
    pool.becomes(20).await?;
    let watch = pool.watch();
    let _held = pool.broker().hold(pool.queue(), MESSAGES).await?;
    let begun = watch.now();
    sleep(world.outage).await;
    let (told, held) = kept(&watch, begun, 20);
    let told = if held { told } else { format!("{told}, all work in flight") };
    let fewest = watch.fewest_since(begun).map_or(f64::NAN, |(fewest, _)| fewest.into());
    Ok(Situation::Unacknowledged.seen(world, &watch, (told, held), [("fewest", fewest)]))
}
