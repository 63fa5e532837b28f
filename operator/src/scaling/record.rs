//! The record of a pool's changes, over restarts of the operator and changes of its leader: pure.

use super::told::CHANGES;
use pawnshop_resource::ScaleChange;

/// How far apart two replicas of the operator may notice the same change.
const APART_SECONDS: i64 = 60;

/// What is on record after what this process noticed (`told`) and what was on record `before`, both the latest first.
///
/// What is on record stays as it is, so that the status does not change and no event is published anew when another
/// replica leads. Every replica notices every change, each at a time of its own.
pub fn record(told: &[ScaleChange], before: &[ScaleChange]) -> Vec<ScaleChange> {
    let mut known: Vec<_> = before.iter().collect();
    let newest = before.first().map(|change| change.at.0);
    let mut all = before.to_vec();
    for change in told.iter().rev() {
        match nearest(change, &known) {
            Some(index) => {
                known.remove(index);
            }
            None if newest.is_none_or(|newest| change.at.0 >= newest) => all.insert(0, change.clone()),
            None => {}
        }
    }
    all.truncate(CHANGES);
    all
}

/// Which of those that are known is this change.
fn nearest(change: &ScaleChange, known: &[&ScaleChange]) -> Option<usize> {
    let apart = |other: &ScaleChange| (other.at.0.as_second() - change.at.0.as_second()).abs();
    let alike = known.iter().enumerate().filter(|(_, other)| {
        (other.from, other.to) == (change.from, change.to) && apart(other) <= APART_SECONDS
    });
    alike.min_by_key(|(_, other)| apart(other)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;

    fn change(second: i64, from: u32, to: u32) -> ScaleChange {
        ScaleChange {
            at: Time(Timestamp::from_second(second).unwrap()),
            from,
            to,
            reason: "BacklogGrew".to_owned(),
            message: String::new(),
        }
    }

    #[test]
    fn what_was_not_on_record_comes_before_what_was() {
        let before = [change(20, 4, 1), change(10, 1, 4)];
        let told = [change(30, 1, 2), change(20, 4, 1), change(10, 1, 4)];
        assert_eq!(record(&told, &before), told);
        assert_eq!(record(&before, &before), before);
        assert_eq!(record(&[], &before), before, "a process that has noticed nothing yet");
        assert_eq!(record(&told, &[]), told);
    }

    #[test]
    fn what_another_replica_noticed_at_another_time_is_not_recorded_twice() {
        let before = [change(100, 4, 1), change(70, 1, 4)];
        let told = [change(130, 1, 2), change(107, 4, 1), change(69, 1, 4)];
        let now = record(&told, &before);
        assert_eq!(now, [change(130, 1, 2), change(100, 4, 1), change(70, 1, 4)]);
        assert_eq!(record(&told, &now), now, "and stays so");
    }

    #[test]
    fn the_same_change_again_and_again_is_recorded_each_time() {
        let before = [change(20, 1, 0), change(10, 0, 1)];
        let told = [change(30, 0, 1), change(20, 1, 0), change(10, 0, 1)];
        assert_eq!(record(&told, &before), told);
    }

    #[test]
    fn ten_are_kept() {
        let before: Vec<_> = (0..10).rev().map(|second| change(second, 1, 2)).collect();
        let now = record(&[change(500, 2, 3)], &before);
        assert_eq!((now.len(), now[0].to, now[9].at.0.as_second()), (10, 3, 1));
    }
}
