use super::*;
use crate::load::Kind;
use proptest::prelude::*;

const PODS: Pods = Pods { start: 10, grace: 30 };

/// Handles 10 events a second.
const QUICK: Pool = Pool {
    kind: Kind::Daily,
    rate: 10.0,
    handling: 0.1,
    concurrency: 1,
    prefetch: 20,
    events_per_message: 1,
    backlog_per_worker: 100,
    max: 10,
    phase: 0,
};

/// Handles one event in two minutes.
const SLOW: Pool = Pool { kind: Kind::Long, rate: 1.0 / 120.0, handling: 120.0, prefetch: 1, ..QUICK };

/// Lets a queue pass so many steps with as many workers as are told for each, and gives what is seen.
fn play(pool: &Pool, arrivals: &[u32], workers: impl Fn(u32) -> u32) -> (Vec<Sight>, Tally) {
    let trace = Trace::of(arrivals, Vec::new());
    let mut queue = Queue::new(pool, &trace, PODS);
    let mut tally = Tally::default();
    let sights = (0..trace.steps()).map(|step| {
        let sight = queue.pass(step, &mut tally);
        if workers(step) != sight.workers {
            queue.scale(step, workers(step), &mut tally);
        }
        sight
    });
    (sights.collect(), tally)
}

#[test]
fn a_worker_takes_events_once_it_has_started() {
    let (sights, tally) = play(&QUICK, &[50, 0, 0, 0, 0], |_| 1);
    let left: Vec<_> = sights.iter().map(|sight| sight.ready + sight.held).collect();
    assert_eq!(left, [50, 50, 50, 0, 0], "ordered at the end of the first step, there 10 s later");
    assert_eq!(tally.late, [50, 0]);
    assert_eq!(tally.over, [2_500, 0], "from 10 s until they are begun");
    assert_eq!(tally.worker_seconds, 20);
}

#[test]
fn what_waits_is_told_by_the_statistics_a_step_later_and_what_workers_hold_is_not_ready() {
    let (sights, _) = play(&QUICK, &[200, 0, 0, 0, 0, 0], |_| 1);
    assert_eq!((sights[3].ready, sights[3].held, sights[3].counted), (130, 20, 200));
    assert_eq!(sights[4].counted, 150);
    assert!(!sights[3].handled && sights[4].handled);
}

#[test]
fn a_worker_is_busy_when_it_has_held_the_same_for_longer_than_ten_seconds() {
    let (sights, _) = play(&SLOW, &[2, 0, 0, 0, 0, 0, 0], |_| 3);
    assert_eq!(sights.iter().map(|sight| sight.busy).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 2, 2]);
}

#[test]
fn idle_workers_are_removed_first_and_long_work_is_cut_by_the_end_of_the_grace_period() {
    let (_, tally) = play(&SLOW, &[vec![4], vec![0; 30]].concat(), |step| if step < 6 { 10 } else { 4 });
    assert_eq!(tally.cut, 0);
    let (_, tally) = play(&SLOW, &[vec![4], vec![0; 30]].concat(), |step| if step < 6 { 10 } else { 0 });
    assert_eq!((tally.cut, tally.stopped_at_work), (3, 1), "a quarter ends within 30 s of 120");
    let (_, tally) = play(&QUICK, &[1; 24], |step| u32::from(step < 6));
    assert_eq!(tally.cut, 0, "what is quick ends within the grace period");
}

proptest! {
    #[test]
    fn no_event_is_lost_and_each_is_begun_once(
        arrivals in prop::collection::vec(0_u32..200, 1..100),
        workers in prop::collection::vec(0_u32..8, 100),
        slow: bool,
    ) {
        let pool = if slow { SLOW } else { QUICK };
        let came: u64 = arrivals.iter().map(|&events| u64::from(events)).sum();
        let trace = Trace::of(&[arrivals, vec![0; 400]].concat(), Vec::new());
        let mut queue = Queue::new(&pool, &trace, PODS);
        let mut tally = Tally::default();
        for step in 0..trace.steps() {
            let sight = queue.pass(step, &mut tally);
            prop_assert!(queue.done <= queue.begun && queue.begun <= queue.arrived);
            prop_assert_eq!(queue.workers, queue.ready + queue.starting.iter().map(|&(_, more)| more).sum::<u32>());
            let wanted = workers.get(step as usize / 2).copied().unwrap_or(8);
            if wanted != sight.workers {
                queue.scale(step, wanted, &mut tally);
            }
        }
        prop_assert_eq!(queue.arrived, came);
        prop_assert!(slow || queue.done == came);
        prop_assert!(tally.late[0] <= came && tally.late[1] <= tally.late[0]);
    }
}
