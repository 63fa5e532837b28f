use crate::health::{DependencyStatus, Probe, check_all};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a round's result is told again: short enough for whoever polls, long enough that polling costs
/// the dependencies next to nothing.
const FRESH: Duration = Duration::from_secs(1);

/// Probes that are asked at most about once a second, however often somebody wants to know: whoever comes
/// while they are asked shares the answer, and so does whoever comes soon after.
#[derive(Clone)]
pub struct ProbeRounds {
    probes: Arc<[Arc<dyn Probe>]>,
    patience: Duration,
    last: Arc<Mutex<Option<Round>>>,
}

/// When a round ended, and what it found.
type Round = (Instant, Vec<DependencyStatus>);

impl ProbeRounds {
    /// Rounds over `probes`, each asked for at most `patience`.
    pub fn new(probes: Vec<Arc<dyn Probe>>, patience: Duration) -> Self {
        Self { probes: probes.into(), patience, last: Arc::default() }
    }

    /// What the probes found, in their order; at most a second old.
    pub async fn statuses(&self) -> Vec<DependencyStatus> {
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some((at, statuses)) = &*last
            && at.elapsed() < FRESH
        {
            return statuses.clone();
        }
        let (probes, patience) = (Arc::clone(&self.probes), self.patience);
        // In a task of its own, so that who asks and hangs up does not make the next one ask anew.
        let round = tokio::spawn(async move {
            let statuses = check_all(&probes, patience).await;
            *last = Some((Instant::now(), statuses.clone()));
            statuses
        });
        // It can only fail where the process is ending.
        round.await.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Counted(Arc<AtomicU32>);

    #[async_trait]
    impl Probe for Counted {
        fn name(&self) -> &str {
            "store"
        }

        async fn check(&self) -> Result<(), String> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(())
        }
    }

    fn counted() -> (ProbeRounds, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        (ProbeRounds::new(vec![Arc::new(Counted(Arc::clone(&asked)))], Duration::from_secs(1)), asked)
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_come_within_a_second_share_a_round() {
        let (rounds, asked) = counted();
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let rounds = rounds.clone();
                tokio::spawn(async move { rounds.statuses().await })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().len(), 1);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::advance(FRESH).await;
        rounds.statuses().await;
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_up_does_not_make_the_next_one_ask_anew() {
        let (rounds, asked) = counted();
        for _ in 0..10 {
            let hung_up = tokio::time::timeout(Duration::from_millis(1), rounds.statuses()).await;
            assert!(hung_up.is_err());
        }
        assert_eq!(rounds.statuses().await.len(), 1);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
