use super::*;
use crate::children::Rollout;
use crate::conditions::{Holds, Verdict};
use std::time::Duration;
use tokio::time::{Instant, advance};

fn fleet(name: &str, ready: u32) -> Fleet {
    let rollout = Rollout { wanted: 2, replicas: 2, updated: 2, ready, is_current: true, failure: None };
    Fleet { name: name.to_owned(), rollout: Some(rollout), least: 2 }
}

fn made(ready: u32, backlogs: [Backlog; 2], before: Option<&PawnShopStatus>, seconds: i64) -> PawnShopStatus {
    let findings = Findings {
        generation: Some(3),
        obstacle: None,
        flaw: None,
        dispatcher: fleet("dispatcher", 2),
        pools: vec![fleet("items", ready), fleet("actions", 2)],
        broker: Verdict::new(Holds::True, "Reachable", "it answers"),
        scaling: Some(Verdict::new(Holds::True, "Following", "they do")),
        store_answers: None,
        unknown_flows: Vec::new(),
        unserved: Vec::new(),
    };
    let queues: Vec<_> = backlogs
        .into_iter()
        .map(|backlog| PoolQueues { flows: vec!["item".to_owned()], backlog, scaling: None })
        .collect();
    let now = Timestamp::from_second(seconds).unwrap();
    status(&findings, &queues, "pawnshop.dev/shop=shop".to_owned(), before, now)
}

fn known(events: u64) -> [Backlog; 2] {
    [Backlog::Known(events), Backlog::Known(0)]
}

#[test]
fn a_number_keeps_two_significant_digits() {
    for (number, rounded) in [
        (0, 0),
        (7, 7),
        (99, 99),
        (100, 100),
        (104, 100),
        (105, 110),
        (995, 1000),
        (1249, 1200),
        (1250, 1300),
        (123_456, 120_000),
    ] {
        assert_eq!(two_digits(number), rounded, "{number}");
    }
    assert_eq!(two_digits(u64::MAX), 18_000_000_000_000_000_000);
}

#[test]
fn a_reason_longer_than_the_api_server_takes_is_cut() {
    let told = made(1, [Backlog::Unknown("é".repeat(2000)), Backlog::Known(0)], None, 0);
    assert!(told.pools[0].backlog_unknown.as_ref().unwrap().len() <= 1024);
}

#[test]
fn the_same_findings_make_the_same_bytes_at_any_time() {
    let first = made(1, known(1210), None, 0);
    let again = made(1, known(1240), Some(&first), 500);
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&first).unwrap());
    assert_eq!(first.workers.as_deref(), Some("3/4"));
    assert_eq!(first.backlog.as_deref(), Some("1200"));
}

#[test]
fn an_unknown_backlog_is_never_told_as_a_number() {
    let told = made(2, [Backlog::Known(7), Backlog::Unknown("no answer".to_owned())], None, 0);
    assert_eq!(told.backlog.as_deref(), Some("unknown"));
    assert_eq!((told.pools[1].backlog, told.pools[1].backlog_unknown.as_deref()), (None, Some("no answer")));
    assert_eq!((told.pools[0].backlog, told.pools[0].backlog_unknown.as_deref()), (Some(7), None));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_written_at_once_and_one_of_the_backlog_alone_at_most_once_a_minute() {
    let before = made(2, known(0), None, 0);
    assert_eq!(decide(&before, None, None), Decision::Write);
    assert_eq!(decide(&before, Some(&before), None), Decision::Leave);

    let written = Written { at: Instant::now(), over: None, status: before.clone() };
    let fewer = made(1, known(0), Some(&before), 1);
    assert_eq!(decide(&fewer, Some(&before), Some(&written)), Decision::Write);

    let longer = made(2, known(500), Some(&before), 1);
    assert_eq!(decide(&longer, Some(&before), Some(&written)), Decision::Later(Duration::from_secs(60)));
    advance(Duration::from_secs(59)).await;
    assert_eq!(decide(&longer, Some(&before), Some(&written)), Decision::Later(Duration::from_secs(1)));
    advance(Duration::from_secs(1)).await;
    assert_eq!(decide(&longer, Some(&before), Some(&written)), Decision::Write);
}
