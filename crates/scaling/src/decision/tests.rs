use crate::{Backlog, Decision, Limits, Memory, Patience, Rule, Seen, Surge, Work, decide};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

fn first(rule: impl FnOnce(&mut Rule), seen: impl FnOnce(&mut Seen)) -> Decision {
    let limits = Limits { min: 0, max: 20, backlog_per_worker: NonZeroU32::new(500).unwrap() };
    let mut given = Rule { limits, schedule: None, surge: None, paused: false };
    rule(&mut given);
    let work = Work { backlog: Backlog::Known(3_900), busy: 0 };
    let mut shown = Seen { work, delayed: Backlog::Known(0), handled: false, current: 3 };
    seen(&mut shown);
    let mut memory = Memory::new(Duration::from_secs(300), Patience::default());
    decide(&mut memory, Instant::now(), &given, &shown)
}

#[test]
fn a_change_is_told_in_one_line_with_what_it_was_decided_from() {
    let decision = first(|_| {}, |_| {});
    assert_eq!(
        decision.to_string(),
        "3 -> 8 BacklogGrew: backlog 3900, 500 per worker: asks for 8 within 0..20"
    );
    assert_eq!(
        decision.would_change(),
        "more than 4000 events, or no more than 3500 for the stabilisation window"
    );
}

#[test]
fn what_holds_is_told_with_every_input() {
    let decision = first(
        |rule| {
            rule.schedule = Some("night".to_owned());
            rule.surge = Some(Surge { workers: 4, per: Duration::from_secs(60) });
        },
        |seen| {
            seen.work = Work { backlog: Backlog::Known(2), busy: 2 };
            seen.delayed = Backlog::Known(7);
        },
    );
    assert_eq!(
        decision.to_string(),
        "3 Stabilising: backlog 2, 7 delayed, 2 busy, 500 per worker: asks for 2 within 0..20 (schedule night), \
         at most 4 more in 60 s"
    );
    assert_eq!(
        decision.would_change(),
        "time (in 300 s fewer are allowed, if no more are asked for until then)"
    );
}

#[test]
fn an_unknown_backlog_says_why_it_is_unknown_and_when_it_wakes_the_pool() {
    let unknown = Backlog::Unknown("the broker does not answer".to_owned());
    let decision = first(|_| {}, |seen| (seen.work.backlog, seen.current) = (unknown, 0));
    assert_eq!(
        decision.to_string(),
        "0 BacklogUnknown: backlog unknown (the broker does not answer) within 0..20"
    );
    assert_eq!(decision.would_change(), "a backlog that can be read, or none in 60 s: then it wakes");
}

#[test]
fn a_pool_at_its_maximum_says_what_would_bring_it_below() {
    let decision = first(|rule| rule.limits.max = 4, |seen| seen.current = 4);
    assert_eq!(decision.to_string(), "4 AtMaximum: backlog 3900, 500 per worker: asks for 8 within 0..4");
    assert_eq!(decision.would_change(), "a higher maximum, or no more than 1500 events");
}
