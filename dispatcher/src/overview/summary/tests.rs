use super::*;
use pawnshop_rpc::v1::{RecentlyApplied, SettledEvents};

fn known(events: u64) -> Option<flow_figures::Backlog> {
    Some(flow_figures::Backlog::Known(events))
}

fn cannot_be_read() -> Option<flow_figures::Backlog> {
    Some(flow_figures::Backlog::Unknown("refused".to_owned()))
}

fn flow(name: &str, backlog: Option<flow_figures::Backlog>, age: u64) -> FlowFigures {
    FlowFigures { name: name.to_owned(), backlog, backlog_age_ms: age, ..Default::default() }
}

fn worker(pool: &str, flows: Vec<FlowFigures>) -> WorkerFigures {
    let pool = PoolFigures { name: pool.to_owned(), workers: 2, paused: false, flows };
    WorkerFigures { pools: vec![pool], unavailable: Vec::new() }
}

fn of(told: Vec<WorkerFigures>) -> Summary {
    summary(told, Vec::new(), &mut Remembered::default())
}

#[test]
fn processes_of_a_pool_add_up_and_the_latest_reading_of_the_queue_counts() {
    let told = [(9, 4_000), (7, 100), (8, 2_000)];
    let told = told.map(|(backlog, age)| worker("p", vec![flow("item", known(backlog), age)]));
    let pools = of(told.to_vec()).pools;
    assert_eq!((pools[0].processes, pools[0].workers, &pools[0].backlog), (3, 6, &Backlog::Known(7)));
}

#[test]
fn a_backlog_is_unknown_only_where_nobody_knows_it_and_then_so_is_the_sum() {
    let read = |backlog| worker("p", vec![flow("buy", backlog, 0), flow("item", known(3), 0)]);
    let pools = of(vec![read(cannot_be_read()), read(known(0))]).pools;
    assert_eq!(pools[0].backlog, Backlog::Known(3));
    let pools = of(vec![read(cannot_be_read())]).pools;
    assert_eq!(pools[0].flows[0].backlog, Backlog::Unknown("refused".to_owned()));
    assert_eq!(pools[0].backlog, Backlog::Unknown("buy: refused".to_owned()));
    let pools = of(vec![read(None)]).pools;
    assert!(matches!(pools[0].backlog, Backlog::Unknown(_)), "{pools:?}");
}

#[test]
fn counts_add_up_and_ages_are_of_all_events() {
    let with = |applied, events, sum, max| {
        let mut flow = flow("item", known(0), 0);
        flow.settled = Some(SettledEvents { applied, dead_lettered: 1, ..Default::default() });
        flow.recently_applied = Some(RecentlyApplied { events, age_sum_us: sum, age_max_us: max });
        worker("p", vec![flow])
    };
    let summary = of(vec![with(5, 1, 1_000_000, 1_000_000), with(7, 3, 1_000_000, 500_000)]);
    let flow = &summary.pools[0].flows[0];
    assert_eq!(flow.settled, Some(Settled { applied: 12, dead_lettered: 2, ..Default::default() }));
    let age = EventAge { events: 4, mean_seconds: 0.5, max_seconds: 1.0 };
    assert_eq!((flow.event_age, summary.event_age), (Some(age), Some(age)));
    assert_eq!(of(vec![with(5, 0, 0, 0)]).event_age, None, "no event has no age");
}

#[test]
fn a_pool_is_paused_when_all_of_it_is_and_what_is_down_is_named_once() {
    let told = |paused| {
        let mut told = worker("p", vec![flow("item", known(0), 0)]);
        told.pools[0].paused = paused;
        told.unavailable = vec!["store".to_owned()];
        told
    };
    assert!(!of(vec![told(true), told(false)]).pools[0].paused);
    let summary = of(vec![told(true), told(true)]);
    assert!(summary.pools[0].paused);
    assert_eq!(summary.unavailable, ["store"]);
}

#[test]
fn a_pool_that_nobody_tells_of_any_more_is_shown_asleep_until_others_have_its_flows() {
    let mut remembered = Remembered::default();
    let served = || ["buy", "item"].map(str::to_owned);
    let items = || worker("items", vec![flow("item", known(0), 0)]);
    let first = summary(vec![items()], served(), &mut remembered);
    assert_eq!(first.untold, ["buy"], "no worker ever told of it");
    summary(vec![items(), worker("actions", vec![flow("buy", known(0), 0)])], served(), &mut remembered);
    for _ in 0..2 {
        let asleep = summary(vec![items()], served(), &mut remembered);
        let names: Vec<_> = asleep.pools.iter().map(|pool| (pool.name.as_str(), pool.processes)).collect();
        assert_eq!(names, [("actions", 0), ("items", 1)]);
        assert_eq!(asleep.pools[0].backlog, Backlog::Unknown(NOBODY_TELLS.to_owned()));
        assert_eq!((asleep.pools[0].flows[0].settled, asleep.untold.len()), (None, 0));
    }
    let moved = summary(
        vec![worker("all", vec![flow("item", known(0), 0), flow("buy", known(0), 0)])],
        served(),
        &mut remembered,
    );
    assert_eq!(moved.pools.len(), 1, "{moved:?}");
}
