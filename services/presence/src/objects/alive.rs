use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer counts.
const COUNTS_FOR: Duration = Duration::from_secs(1);

/// Whether the service is alive: asked by one for all who want to know, so that whatever befalls a hundred look-ups at
/// once is one question more to the service, and not a hundred.
#[derive(Default)]
pub(super) struct Alive {
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Alive {
    /// The last answer, where it is fresh; or that of `ask`. `Err`: why the service is not alive.
    pub(super) async fn or_ask(&self, ask: impl Future<Output = Result<(), String>>) -> Result<(), String> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < COUNTS_FOR
        {
            return answer.clone();
        }
        let answer = ask.await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn one_asks_for_all_and_again_after_a_second() {
        let (alive, asked) = (Alive::default(), AtomicUsize::new(0));
        let ask = async || {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(3)).await;
            Err("away".to_owned())
        };
        let told = join_all((0..100).map(|_| alive.or_ask(ask()))).await;
        assert!(told.iter().all(|answer| *answer == Err("away".to_owned())));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::advance(COUNTS_FOR).await;
        assert_eq!(alive.or_ask(async { Ok(()) }).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_in_the_middle_of_the_question_leaves_it_to_the_next() {
        let alive = Alive::default();
        let gone = tokio::time::timeout(Duration::from_secs(1), alive.or_ask(std::future::pending())).await;
        assert!(gone.is_err());
        assert_eq!(alive.or_ask(async { Ok(()) }).await, Ok(()));
    }
}
