use super::*;
use proptest::prelude::*;

const NOTHING: Seen = Seen {
    work: Work { backlog: Backlog::Known(0), busy: 0 },
    delayed: Backlog::Known(0),
    handled: false,
    current: 1,
};

fn unknown() -> Backlog {
    Backlog::Unknown("no answer".to_owned())
}

fn with_backlog(backlog: Backlog, current: u32) -> Seen {
    Seen { work: Work { backlog, busy: 0 }, current, ..NOTHING }
}

/// Reads a pool every 10 s and tells what is done.
struct Pool {
    sleep: Sleep,
    now: Instant,
}

impl Pool {
    fn new() -> Self {
        Self { sleep: Sleep::new(Patience::default()), now: Instant::now() }
    }

    fn reads(&mut self, seen: &Seen, min: u32) -> Step {
        self.now += Duration::from_secs(10);
        self.sleep.step(self.now, seen, min)
    }

    /// So many readings, none of which does anything.
    fn keeps(&mut self, readings: u32, seen: &Seen) {
        for _ in 0..readings {
            assert_eq!(self.reads(seen, 0), Step::Keep);
        }
    }
}

#[test]
fn a_pool_with_nothing_to_do_sleeps_after_the_idle_window() {
    let mut pool = Pool::new();
    pool.keeps(30, &NOTHING);
    assert_eq!(pool.reads(&NOTHING, 0), Step::Sleep);
}

#[test]
fn anything_to_do_begins_the_idle_window_anew() {
    let one_waits = with_backlog(Backlog::Known(1), 1);
    let one_is_busy = Seen { work: Work { busy: 1, ..NOTHING.work.clone() }, ..NOTHING };
    let one_is_delayed = Seen { delayed: Backlog::Known(1), ..NOTHING };
    let tiers_are_unknown = Seen { delayed: unknown(), ..NOTHING };
    let one_came_and_went = Seen { handled: true, ..NOTHING };
    let unread = with_backlog(unknown(), 1);
    for what in [one_waits, one_is_busy, one_is_delayed, tiers_are_unknown, one_came_and_went, unread] {
        let mut pool = Pool::new();
        pool.keeps(30, &NOTHING);
        pool.keeps(1, &what);
        pool.keeps(30, &NOTHING);
        assert_eq!(pool.reads(&NOTHING, 0), Step::Sleep, "after {what:?}");
    }
}

#[test]
fn a_pool_that_somebody_else_has_woken_idles_from_then_on() {
    let mut pool = Pool::new();
    pool.keeps(360, &with_backlog(Backlog::Known(0), 0));
    pool.keeps(30, &NOTHING);
    assert_eq!(pool.reads(&NOTHING, 0), Step::Sleep);
}

#[test]
fn readings_too_far_apart_prove_no_idle_window() {
    let mut pool = Pool::new();
    pool.keeps(30, &NOTHING);
    pool.now += Duration::from_secs(21);
    pool.keeps(30, &NOTHING);
    assert_eq!(pool.reads(&NOTHING, 0), Step::Sleep);
}

#[test]
fn a_sleeping_pool_wakes_at_the_first_event() {
    let mut pool = Pool::new();
    pool.keeps(5, &with_backlog(Backlog::Known(0), 0));
    assert_eq!(pool.reads(&with_backlog(Backlog::Known(1), 0), 0), Step::Wake);
}

#[test]
fn a_sleeping_pool_wakes_after_a_minute_of_knowing_nothing_and_stays_until_nothing_is_known_to_wait() {
    let mut pool = Pool::new();
    pool.keeps(6, &with_backlog(unknown(), 0));
    assert_eq!(pool.reads(&with_backlog(unknown(), 0), 0), Step::WakeBlind);
    pool.keeps(100, &with_backlog(unknown(), 1));
    pool.keeps(30, &NOTHING);
    assert_eq!(pool.reads(&NOTHING, 0), Step::Sleep);
}

#[test]
fn a_known_backlog_begins_the_minute_anew() {
    let mut pool = Pool::new();
    pool.keeps(6, &with_backlog(unknown(), 0));
    pool.keeps(1, &with_backlog(Backlog::Known(0), 0));
    pool.keeps(6, &with_backlog(unknown(), 0));
}

#[test]
fn a_minimum_found_at_zero_is_restored_whatever_is_known() {
    for backlog in [Backlog::Known(0), Backlog::Known(9), unknown()] {
        assert_eq!(Pool::new().reads(&with_backlog(backlog, 0), 2), Step::Restore);
    }
}

proptest! {
    #[test]
    fn a_pool_sleeps_only_from_exactly_one_and_after_a_whole_window_of_nothing(
        history in prop::collection::vec(
            (0..40_u64, prop::option::weighted(0.95, Just(0_u64)), 0..10_u32, 0..10_u64, 0..4_u32, 0..10_u32), 1..200,
        ),
    ) {
        let patience = Patience { idle: Duration::from_secs(60), ..Patience::default() };
        let mut sleep = Sleep::new(patience);
        let mut now = Instant::now();
        let mut idle_since = None;
        for (passed, backlog, busy, delayed, current, min) in history {
            // Mostly nothing, so that there are idle windows to be found.
            let (busy, delayed, min) = (busy / 9, delayed / 9, min / 9);
            now += Duration::from_secs(passed);
            let backlog = backlog.map_or_else(unknown, Backlog::Known);
            let nothing = backlog == Backlog::Known(0) && busy == 0 && delayed == 0;
            let idles = nothing && current > 0;
            let since = idle_since.filter(|_| idles && passed <= 30).unwrap_or(now);
            idle_since = idles.then_some(since);
            let work = Work { backlog, busy };
            let step = sleep.step(now, &Seen { work, delayed: Backlog::Known(delayed), handled: false, current }, min);
            let may = current == 1 && min == 0 && nothing && now - since >= patience.idle;
            prop_assert_eq!(step == Step::Sleep, may);
        }
    }
}
