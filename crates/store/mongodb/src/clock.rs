use crate::query;
use mongodb::Database;
use pawnshop_domain::Instant;
use pawnshop_store::StoreError;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time;

/// How long what is known of the server's clock counts.
const COUNTS_FOR: Duration = Duration::from_secs(30);

/// The server tells its time in whole milliseconds.
const MILLISECOND: Duration = Duration::from_millis(1);

/// The server's clock, by which documents expire for whoever asks: by its own, a process whose clock is behind would show
/// what is past its time, and one whose clock is ahead would take for expired, and replace, what is not.
#[derive(Default)]
pub(crate) struct ServerClock(Mutex<Option<Known>>);

struct Known {
    at: time::Instant,
    server: Instant,
}

impl ServerClock {
    /// What time it is on the server: what this process's clock says, wherever that can be right.
    pub(crate) async fn now(&self, database: &Database) -> Result<Instant, StoreError> {
        let mut known = self.0.lock().await;
        if let Some(known) = &*known
            && known.at.elapsed() < COUNTS_FOR
        {
            return Ok(known.server.plus(known.at.elapsed()));
        }
        let asked = time::Instant::now();
        let told = query::clock(database).await?;
        let server = nearest(Instant::now(), told, asked.elapsed());
        *known = Some(Known { at: time::Instant::now(), server });
        Ok(server)
    }
}

/// What is nearest to `own` of all that the server's clock can say, which said `told` at some moment while it was waited for.
fn nearest(own: Instant, told: Instant, waited: Duration) -> Instant {
    own.clamp(told, told.plus(waited + MILLISECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_can_be_right_counts_and_another_is_moved_as_little_as_can_be() {
        let (told, waited) = (Instant::now(), Duration::from_millis(9));
        for (own, wanted) in
            [(-5_000, 0), (-1, 0), (0, 0), (4_000, 4_000), (10_000, 10_000), (10_001, 10_000)]
        {
            let at = |micros: i64| Instant::from_micros(told.as_micros() + micros);
            assert_eq!(nearest(at(own), told, waited), at(wanted), "{own}");
        }
    }
}
