use super::*;
use crate::Work;
use proptest::prelude::*;
use std::num::NonZeroU32;

const WINDOW: Duration = Duration::from_secs(60);
const SURGE: Surge = Surge { workers: 4, per: Duration::from_secs(30) };

fn rule(min: u32, max: u32) -> Rule {
    let limits = Limits { min, max, backlog_per_worker: NonZeroU32::new(100).unwrap() };
    Rule { limits, schedule: None, surge: None, paused: false }
}

fn unknown() -> Backlog {
    Backlog::Unknown("no answer".to_owned())
}

fn seen(backlog: Backlog, current: u32) -> Seen {
    Seen { work: Work { backlog, busy: 0 }, delayed: Backlog::Known(0), handled: false, current }
}

fn known(events: u64, current: u32) -> Seen {
    seen(Backlog::Known(events), current)
}

/// A pool that does as is decided, as time goes by.
struct Pool {
    memory: Memory,
    rule: Rule,
    now: Instant,
    workers: u32,
}

impl Pool {
    fn new(rule: Rule, workers: u32) -> Self {
        let memory = Memory::new(WINDOW, Patience { idle: WINDOW, ..Patience::default() });
        Self { memory, rule, now: Instant::now(), workers }
    }

    fn sees(&mut self, after: u64, work: Work) -> Decision {
        self.now += Duration::from_secs(after);
        let seen = Seen { work, delayed: Backlog::Known(0), handled: false, current: self.workers };
        let decision = decide(&mut self.memory, self.now, &self.rule, &seen);
        self.workers = decision.to;
        decision
    }

    fn at(&mut self, after: u64, events: u64) -> (u32, Reason) {
        let decision = self.sees(after, Work { backlog: Backlog::Known(events), busy: 0 });
        (decision.to, decision.why)
    }
}

#[test]
fn a_pool_follows_its_backlog_out_at_once_and_in_after_the_window() {
    let mut pool = Pool::new(rule(1, 10), 1);
    assert_eq!(pool.at(0, 450), (5, Reason::BacklogGrew));
    assert_eq!(pool.at(1, 450), (5, Reason::AsWanted));
    assert_eq!(pool.at(1, 150), (5, Reason::Stabilising));
    assert_eq!(pool.at(58, 150), (5, Reason::Stabilising));
    assert_eq!(pool.at(1, 150), (2, Reason::BacklogShrank));
    assert_eq!(pool.at(1, 5_000), (10, Reason::AtMaximum));
    assert_eq!(pool.at(60, 0), (1, Reason::BacklogShrank));
    assert_eq!(pool.at(1, 0), (1, Reason::AtMinimum));
}

#[test]
fn a_pool_falls_asleep_and_wakes_to_as_many_as_are_asked_for() {
    let mut pool = Pool::new(rule(0, 10), 3);
    assert_eq!(pool.at(0, 0), (3, Reason::Stabilising));
    assert_eq!(pool.at(30, 0), (3, Reason::Stabilising));
    assert_eq!(pool.at(30, 0), (1, Reason::BacklogShrank), "never from more than one");
    assert_eq!(pool.at(1, 0), (0, Reason::FellAsleep));
    assert_eq!(pool.at(1, 0), (0, Reason::Asleep));
    assert_eq!(pool.at(1, 250), (3, Reason::WokeUp));
}

#[test]
fn the_last_worker_waits_out_its_idle_window_and_the_retry_tiers() {
    let mut pool = Pool::new(rule(0, 10), 1);
    assert_eq!(pool.at(0, 50), (1, Reason::AsWanted));
    assert_eq!(pool.at(1, 0), (1, Reason::Idling));
    let held = Seen { delayed: Backlog::Known(1), ..known(0, 1) };
    for _ in 0..10 {
        pool.now += Duration::from_secs(10);
        let decision = decide(&mut pool.memory, pool.now, &pool.rule, &held);
        assert_eq!((decision.to, decision.why, decision.wait), (1, Reason::Idling, None));
    }
    assert_eq!(pool.at(0, 0), (1, Reason::Idling));
    assert_eq!(pool.at(30, 0), (1, Reason::Idling));
    assert_eq!(pool.at(30, 0), (0, Reason::FellAsleep));
}

#[test]
fn what_another_process_raised_has_its_window_here_too() {
    let mut pool = Pool::new(rule(0, 10), 1);
    assert_eq!(pool.at(0, 50), (1, Reason::AsWanted));
    pool.workers = 10;
    assert_eq!(pool.at(100, 50), (10, Reason::Stabilising), "it had a newer reading");
    assert_eq!(pool.at(59, 50), (10, Reason::Stabilising));
    assert_eq!(pool.at(1, 50), (1, Reason::BacklogShrank));

    pool.workers = 0;
    for _ in 0..360 {
        assert_eq!(pool.at(10, 0), (0, Reason::Asleep));
    }
    pool.workers = 1;
    assert_eq!(pool.at(1, 0), (1, Reason::Idling), "the statistics do not tell yet why it was woken");
    assert_eq!(pool.at(30, 0), (1, Reason::Idling));
    assert_eq!(pool.at(29, 0), (1, Reason::Idling));
    assert_eq!(pool.at(1, 0), (0, Reason::FellAsleep));
}

#[test]
fn an_unknown_backlog_holds_and_wakes_a_sleeping_pool_after_a_minute() {
    let mut pool = Pool::new(rule(0, 10), 4);
    let blind = |pool: &mut Pool, after| {
        let decision = pool.sees(after, Work { backlog: unknown(), busy: 0 });
        (decision.to, decision.why)
    };
    assert_eq!(blind(&mut pool, 0), (4, Reason::BacklogUnknown));
    assert_eq!(blind(&mut pool, 1_000), (4, Reason::BacklogUnknown));
    pool.workers = 0;
    assert_eq!(pool.at(1, 0), (0, Reason::Asleep));
    assert_eq!(blind(&mut pool, 1), (0, Reason::BacklogUnknown));
    assert_eq!(blind(&mut pool, 60), (1, Reason::WokeBlind));
    assert_eq!(blind(&mut pool, 1_000), (1, Reason::BacklogUnknown));
}

#[test]
fn busy_workers_stay_though_they_hold_little() {
    let mut pool = Pool::new(rule(1, 10), 6);
    let busy = |pool: &mut Pool, after, busy| {
        let decision = pool.sees(after, Work { backlog: Backlog::Known(6), busy });
        (decision.to, decision.why)
    };
    assert_eq!(busy(&mut pool, 0, 6), (6, Reason::BusyWorkers));
    assert_eq!(busy(&mut pool, 1_000, 6), (6, Reason::BusyWorkers));
    assert_eq!(busy(&mut pool, 1, 2), (6, Reason::Stabilising));
    assert_eq!(busy(&mut pool, 60, 2), (2, Reason::BacklogShrank));
}

#[test]
fn a_surge_is_added_in_steps_and_ends_when_no_more_is_wanted() {
    let mut pool = Pool::new(Rule { surge: Some(SURGE), ..rule(1, 50) }, 1);
    assert_eq!(pool.at(0, 3_000), (5, Reason::SurgeLimited));
    assert_eq!(pool.at(10, 3_000), (5, Reason::SurgeLimited));
    assert_eq!(pool.at(29, 3_000), (5, Reason::SurgeLimited));
    assert_eq!(pool.at(1, 3_000), (9, Reason::SurgeLimited));
    assert_eq!(pool.at(40, 800), (9, Reason::Stabilising), "what was wanted once adds nothing now");
}

#[test]
fn a_pause_holds_even_what_is_out_of_bounds() {
    for (workers, events) in [(0, 500), (20, 500), (3, 900), (1, 0)] {
        let mut pool = Pool::new(Rule { paused: true, ..rule(2, 10) }, workers);
        assert_eq!(pool.at(0, events), (workers, Reason::Paused));
        assert_eq!(pool.at(1_000, events), (workers, Reason::Paused));
    }
}

#[test]
fn a_window_of_a_schedule_moves_the_bounds_at_once() {
    let mut pool = Pool::new(Rule { surge: Some(SURGE), ..rule(1, 10) }, 2);
    assert_eq!(pool.at(0, 150), (2, Reason::AsWanted));
    pool.rule.limits.min = 8;
    assert_eq!(pool.at(1, 150), (8, Reason::AtMinimum), "whatever the surge budget says");
    pool.rule.limits = Limits { min: 1, max: 4, ..pool.rule.limits };
    assert_eq!(pool.at(1, 150), (4, Reason::AtMaximum));
    pool.workers = 0;
    assert_eq!(pool.at(1, 0), (1, Reason::Restored));
}

prop_compose! {
    fn any_rule()(
        (min, more) in (0_u32..4, 0_u32..12),
        surge in prop::option::of((1_u32..6, 1_u64..90)),
        paused in prop::bool::weighted(0.1),
    ) -> Rule {
        let surge = surge.map(|(workers, per)| Surge { workers, per: Duration::from_secs(per) });
        Rule { surge, paused, ..rule(min, min.max(1) + more) }
    }
}

prop_compose! {
    fn any_work()(backlog in prop::option::weighted(0.8, 0_u64..2_000), idle: bool, busy in 0_u32..20) -> Work {
        let backlog = backlog.map_or_else(unknown, |events| Backlog::Known(if idle { 0 } else { events }));
        Work { backlog, busy: busy.saturating_sub(16) }
    }
}

/// Readings, and the seconds before each.
fn history() -> impl Strategy<Value = Vec<(u64, Work)>> {
    prop::collection::vec((0_u64..40, any_work()), 1..120)
}

proptest! {
    #[test]
    fn unknown_never_scales_in(rule in any_rule(), workers in 0_u32..20, history in history()) {
        let mut pool = Pool::new(rule, workers);
        for (passed, work) in history {
            let decision = pool.sees(passed, work);
            if matches!(decision.seen.work.backlog, Backlog::Unknown(_)) && decision.from <= pool.rule.limits.max {
                prop_assert!(decision.to >= decision.from, "{decision}");
            }
        }
    }

    #[test]
    fn nothing_is_removed_that_was_wanted_within_the_window(
        rule in any_rule(), workers in 0_u32..20, history in history(),
    ) {
        let limits = rule.limits;
        let mut pool = Pool::new(rule, workers);
        let mut wishes = Vec::new();
        for (passed, work) in history {
            let decision = pool.sees(passed, work);
            wishes.push((pool.now, limits.hold(decision.asked)));
            if decision.to < decision.from {
                let recent = wishes.iter().filter(|(at, _)| pool.now - *at < WINDOW);
                let highest = recent.map(|&(_, wish)| wish).max().unwrap();
                prop_assert!(decision.to >= highest, "{decision}, and {highest} were wanted");
            }
        }
    }

    #[test]
    fn a_surge_is_never_exceeded_but_by_the_minimum_and_a_first_worker(
        rule in any_rule(), workers in 0_u32..20, history in history(),
    ) {
        let floor = rule.limits.min.max(1);
        let mut pool = Pool::new(rule, workers);
        let mut added = Vec::new();
        for (passed, work) in history {
            let decision = pool.sees(passed, work);
            added.push((pool.now, decision.to.saturating_sub(decision.from)));
            let Some(surge) = pool.rule.surge else { continue };
            let recent = added.iter().filter(|(at, _)| pool.now - *at < surge.per);
            let sum = recent.map(|&(_, workers)| workers).sum::<u32>();
            prop_assert!(decision.to <= decision.from || decision.to <= floor || sum <= surge.workers, "{decision}");
        }
    }

    #[test]
    fn a_pool_sleeps_only_from_one_and_knowing_that_there_is_nothing_to_do(
        rule in any_rule(), workers in 0_u32..20, history in history(),
    ) {
        let mut pool = Pool::new(rule, workers);
        for (passed, work) in history {
            let decision = pool.sees(passed, work);
            if decision.to == 0 && decision.from > 0 {
                prop_assert_eq!((decision.from, decision.why), (1, Reason::FellAsleep));
                prop_assert_eq!(decision.seen, known(0, 1));
            }
        }
    }

    /// A load that never keeps still for a whole window turns the pool in no more than once: the wish that brought
    /// it out is always younger than the window.
    #[test]
    fn a_flapping_load_changes_the_direction_at_most_once_per_window(
        high in 1_u64..2_000, low in 0_u64..2_000, phase in 1_u64..60, workers in 1_u32..10,
    ) {
        let mut pool = Pool::new(rule(1, 20), workers);
        let mut moves: Vec<(Instant, bool)> = Vec::new();
        for second in 0..1_200 {
            let events = if (second / phase) % 2 == 0 { high } else { low };
            let decision = pool.sees(1, Work { backlog: Backlog::Known(events), busy: 0 });
            if decision.changes() {
                moves.push((pool.now, decision.to > decision.from));
            }
        }
        let turns: Vec<_> = moves.windows(2).filter(|two| two[0].1 != two[1].1).map(|two| two[1].0).collect();
        prop_assert!(turns.windows(2).all(|two| two[1] - two[0] >= WINDOW), "{moves:?}");
    }

    /// Whatever the load: out is never answered by in before a window has passed.
    #[test]
    fn a_pool_turns_from_out_to_in_at_most_once_per_window(history in history(), workers in 1_u32..10) {
        let mut pool = Pool::new(rule(0, 20), workers);
        let mut out = None;
        for (passed, work) in history {
            let decision = pool.sees(passed, work);
            if decision.to > decision.from {
                out = Some(pool.now);
            } else if decision.to < decision.from {
                prop_assert!(out.is_none_or(|out| pool.now - out >= WINDOW), "{decision}");
            }
        }
    }

    #[test]
    fn the_answer_is_within_bounds_unless_paused_and_every_change_has_a_cause(
        rule in any_rule(), workers in 0_u32..20, history in history(),
    ) {
        let mut pool = Pool::new(rule, workers);
        for (passed, work) in history {
            let decision = pool.sees(passed, work);
            let Limits { min, max, .. } = pool.rule.limits;
            prop_assert!(pool.rule.paused || (min..=max).contains(&decision.to), "{decision}");
            prop_assert!(!pool.rule.paused || !decision.changes());
            let holds = [
                Reason::AsWanted, Reason::Asleep, Reason::BacklogUnknown, Reason::Idling, Reason::Paused,
                Reason::Stabilising,
            ];
            prop_assert!(!decision.changes() || !holds.contains(&decision.why), "{decision}");
            let changes = [
                Reason::BacklogGrew, Reason::BacklogShrank, Reason::FellAsleep, Reason::Restored, Reason::WokeBlind,
                Reason::WokeUp,
            ];
            prop_assert!(decision.changes() || !changes.contains(&decision.why), "{decision}");
            prop_assert!(!decision.to_string().contains('\n') && !decision.would_change().is_empty());
        }
    }
}
