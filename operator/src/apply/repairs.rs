use crate::kind::Kind;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How many repairs of one object there are at most in a while: more of them are a quarrel with somebody who wants
/// it otherwise, and both would go on as fast as they can.
const MOST: u32 = 5;
const WHILE: Duration = Duration::from_secs(60);

/// How often a shop's objects had to be repaired lately.
#[derive(Debug, Default)]
pub struct Repairs(HashMap<(Kind, String), (u32, Instant)>);

impl Repairs {
    /// Whether there were too many of this object.
    pub(super) fn are_too_many(&mut self, kind: Kind, name: &str) -> bool {
        let now = Instant::now();
        self.0.retain(|_, (_, since)| now.duration_since(*since) < WHILE);
        self.0.get(&(kind, name.to_owned())).is_some_and(|(count, _)| *count >= MOST)
    }

    /// One more was done.
    pub(super) fn count(&mut self, kind: Kind, name: &str) {
        let (count, _) = self.0.entry((kind, name.to_owned())).or_insert((0, Instant::now()));
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_quarrel_is_held_off_for_a_while_and_concerns_no_other_object() {
        let mut repairs = Repairs::default();
        for _ in 0..MOST {
            assert!(!repairs.are_too_many(Kind::Service, "contested"));
            repairs.count(Kind::Service, "contested");
        }
        assert!(repairs.are_too_many(Kind::Service, "contested"));
        assert!(!repairs.are_too_many(Kind::Service, "another"));
        tokio::time::advance(WHILE).await;
        assert!(!repairs.are_too_many(Kind::Service, "contested"));
    }
}
