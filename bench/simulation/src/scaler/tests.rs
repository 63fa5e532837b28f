use super::*;
use crate::clock::PER_MINUTE;
use crate::load::Kind;

const PODS: Pods = Pods { start: 10, grace: 30 };
const HTTP: Contestant = Contestant::Keda(Protocol::Http, Target::AsMessages, 30);
const AMQP: Contestant = Contestant::Keda(Protocol::Amqp, Target::AsMessages, 30);
const PACED: Contestant = Contestant::Builtin(Busy::Paced);
const OURS: [Contestant; 5] = [
    Contestant::Builtin(Busy::Held),
    Contestant::Hpa(Growth::Fast, Busy::Held),
    Contestant::Hpa(Growth::Default, Busy::Held),
    PACED,
    Contestant::Hpa(Growth::Fast, Busy::Paced),
];

/// Handles one event in ten minutes, one at a time; nothing but that is known of it.
const SLOW: Pool = Pool {
    kind: Kind::Long,
    rate: 1.0 / 600.0,
    handling: 600.0,
    concurrency: 1,
    prefetch: 1,
    events_per_message: 1,
    backlog_per_worker: 5,
    max: 20,
    phase: 0,
};

/// Handles 100 events a second.
const QUICK: Pool = Pool {
    kind: Kind::Daily,
    rate: 100.0,
    handling: 0.05,
    concurrency: 5,
    prefetch: 256,
    events_per_message: 1,
    backlog_per_worker: 500,
    max: 20,
    phase: 0,
};

/// So many steps of these numbers of events, and minutes of nothing after them.
fn trace(arrivals: &[(u32, usize)], minutes: u32) -> Trace {
    let mut steps: Vec<_> = arrivals.iter().flat_map(|&(events, steps)| vec![events; steps]).collect();
    steps.resize(steps.len() + (minutes * PER_MINUTE) as usize, 0);
    Trace::of(&steps, Vec::new())
}

/// What came of it, and the most workers there were.
fn scale(contestant: Contestant, pool: &Pool, trace: &Trace) -> (Tally, u32) {
    let mut most = 0;
    let tally = contestant.scale(pool, trace, PODS, |_, sight| most = most.max(sight.workers));
    (tally, most)
}

#[test]
fn work_in_flight_alone_keeps_workers_unless_they_are_scaled_by_what_is_ready() {
    let trace = trace(&[(3, 1)], 60);
    for contestant in OURS.into_iter().chain([HTTP]) {
        let (tally, _) = scale(contestant, &SLOW, &trace);
        assert_eq!((tally.stopped_at_work, tally.cut), (0, 0), "{}", contestant.name());
    }
    let (tally, _) = scale(AMQP, &SLOW, &trace);
    assert!(tally.stopped_at_work > 0 && tally.cut > 0, "{tally:?}");
}

#[test]
fn busy_workers_stay_though_the_backlog_would_do_with_fewer() {
    let trace = trace(&[(30, 1)], 120);
    for contestant in OURS {
        assert_eq!(scale(contestant, &SLOW, &trace).0.cut, 0, "{}", contestant.name());
    }
    assert!(
        scale(HTTP, &SLOW, &trace).0.cut > 0,
        "six workers, each with one event, are two by 5 events each"
    );
}

#[test]
fn events_that_come_and_go_between_two_readings_keep_a_pool_awake() {
    let trickle: Vec<_> = (0..500).flat_map(|_| [(1, 1), (0, 19)]).collect();
    let trace = trace(&trickle, 20);
    for contestant in OURS {
        assert_eq!(
            scale(contestant, &QUICK, &trace).0.changes,
            2,
            "{}: awake, then asleep",
            contestant.name()
        );
    }
    assert!(scale(HTTP, &QUICK, &trace).0.changes > 100);
}

#[test]
fn messages_of_many_events_are_few_to_who_counts_messages() {
    let pool = Pool { events_per_message: 20, ..QUICK };
    let trace = trace(&[(10_000, 1)], 30);
    let most = |contestant| scale(contestant, &pool, &trace).1;
    assert_eq!(most(Contestant::Builtin(Busy::Held)), 20);
    assert_eq!(most(Contestant::Keda(Protocol::Http, Target::AsEvents, 5)), 1);
    assert!(most(Contestant::Keda(Protocol::Http, Target::AsMessages, 5)) > 10);
}

#[test]
fn nobody_of_ours_removes_workers_within_the_window_of_having_added_some() {
    let flapping: Vec<_> = (0..200).flat_map(|_| [(2_000, 30), (5, 30)]).collect();
    let trace = trace(&flapping, 20);
    for contestant in OURS {
        let (tally, _) = scale(contestant, &QUICK, &trace);
        assert_eq!(tally.hasty, 0, "{}", contestant.name());
    }
}

#[test]
fn a_steady_load_turns_a_pool_that_follows_its_backlog_alone_and_not_one_that_keeps_the_pace() {
    let trace = trace(&[(2_000, 2_880)], 20);
    let turns = |contestant| scale(contestant, &QUICK, &trace).0.turns;
    assert!(turns(Contestant::Builtin(Busy::Held)) > 50);
    assert!(turns(PACED) <= 3, "{}", turns(PACED));
}
