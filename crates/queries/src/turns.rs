use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tonic::{Code, Response, Status};

/// What queries may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one query may take, waiting for its turn included.
    pub deadline: Duration,
    /// How many queries are worked on at once; the rest wait their turn. One may count for several.
    pub at_once: usize,
}

impl Default for Limits {
    /// 10 s, 16 at once.
    fn default() -> Self {
        Self { deadline: Duration::from_secs(10), at_once: 16 }
    }
}

/// Lets queries be worked on in turn. That bounds the memory of all that are worked out at once; the deadline, how
/// long any of them keeps others waiting.
#[derive(Debug)]
pub struct Turns {
    deadline: Duration,
    /// A permit for each query that may be worked on.
    free: Semaphore,
}

impl Turns {
    /// Turns within these limits, and at least as many at once as the heaviest query counts for. Metrics go to the
    /// recorder that is installed by now.
    pub fn new(limits: Limits, heaviest: u32) -> Self {
        metrics::describe_histogram!(
            "pawnshop_query_seconds",
            metrics::Unit::Seconds,
            "How long a query took, waiting for its turn included"
        );
        Self { deadline: limits.deadline, free: Semaphore::new(limits.at_once.max(heaviest as usize)) }
    }

    /// Works out an answer when its turn comes. A caller that goes away gives its turn back.
    ///
    /// # Errors
    /// The answer's own, and `UNAVAILABLE` past the deadline.
    pub async fn answer<T>(
        &self,
        query: &'static str,
        counts_for: u32,
        answer: impl Future<Output = Result<T, Status>> + Send,
    ) -> Result<Response<T>, Status> {
        let started = Instant::now();
        let in_turn = async {
            let turn = self.free.acquire_many(counts_for).await;
            let _turn = turn.map_err(|_| Status::unavailable("closing"))?;
            answer.await
        };
        let answer = match tokio::time::timeout(self.deadline, in_turn).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::unavailable("the store did not answer in time")),
        };
        let result = match answer.as_ref().map_err(Status::code) {
            Ok(_) => "answered",
            Err(Code::NotFound) => "not_found",
            Err(Code::Unavailable) => "unavailable",
            Err(_) => "failed",
        };
        metrics::histogram!("pawnshop_query_seconds", "query" => query, "result" => result)
            .record(started.elapsed());
        answer.map(Response::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_longer_than_the_deadline_for_a_turn_is_told_to_come_back() {
        let turns = Turns::new(Limits { deadline: Duration::from_secs(1), at_once: 1 }, 2);
        let holder = turns.answer("holds", 2, std::future::pending::<Result<(), Status>>());
        let waiter = turns.answer("waits", 1, async { Ok(()) });
        let (held, waited) = tokio::join!(holder, waiter);
        assert_eq!([held, waited].map(|answer| answer.unwrap_err().code()), [Code::Unavailable; 2]);
        assert!(turns.answer("waits", 2, async { Ok(()) }).await.is_ok(), "its turn was given back");
    }
}
