//! What is queued of a shop, as an administrator sees it.

use anyhow::{Context, Result, ensure};
use pawnshop_domain::ShopName;
use pawnshop_servers::Rabbit;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long all queues may take to run empty.
const DRAIN: Duration = Duration::from_secs(900);

/// Messages in a shop's queues and tiers, those that wait for a person apart.
///
/// # Errors
/// When the broker does not tell.
pub async fn queued(broker: &Rabbit, shop: &ShopName) -> Result<u64> {
    let queues = broker.rabbitmqctl(&["list_queues", "-q", "--no-table-headers", "name", "messages"]).await?;
    let prefix = format!("{shop}.");
    let mut sum = 0;
    for line in queues.lines() {
        let [name, messages] = line.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        if name.starts_with(&prefix) && !name.ends_with(".oversized") {
            sum += messages.parse::<u64>().with_context(|| line.to_owned())?;
        }
    }
    Ok(sum)
}

/// Waits until nothing is queued.
///
/// # Errors
/// When it takes too long.
pub async fn drained(broker: &Rabbit, shop: &ShopName) -> Result<()> {
    // Three times, for an event on its way from a tier to its flow is in neither for a moment.
    for _ in 0..3 {
        drained_below(broker, shop, 1).await?;
        sleep(Duration::from_millis(300)).await;
    }
    Ok(())
}

/// Waits until fewer messages than this are queued.
///
/// # Errors
/// When it takes too long.
pub async fn drained_below(broker: &Rabbit, shop: &ShopName, few: u64) -> Result<()> {
    let deadline = Instant::now() + DRAIN;
    loop {
        let queued = queued(broker, shop).await?;
        if queued < few {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{queued} messages are queued after {DRAIN:?}");
        sleep(Duration::from_millis(500)).await;
    }
}
