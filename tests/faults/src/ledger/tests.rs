use super::*;

fn found(mark: Mark, kind: Kind, event: EventId) -> Found {
    Found { kind, mark, event }
}

fn outcome(kind: &str, code: &str, envelope: Option<&[u8]>) -> Outcome {
    Outcome { kind: kind.to_owned(), code: code.to_owned(), envelope: envelope.map(<[u8]>::to_vec) }
}

#[test]
fn an_acknowledged_event_that_is_stored_once_is_as_it_should_be() {
    let ledger = Ledger::default();
    let (mark, id) = (ledger.attempt(1, Kind::Buy), EventId::fresh());
    ledger.acknowledge(mark, id);
    let all = ledger.reckon(&Stored { documents: vec![found(mark, Kind::Buy, id)], ..Stored::default() });
    assert_eq!((all.acknowledged, all.applied, all.lost, all.extra_effects()), (1, 1, 0, 0));
    assert!(all.told.is_empty());
}

#[test]
fn an_acknowledged_event_that_is_nowhere_is_lost_and_the_fault_is_told() {
    let ledger = Ledger::default();
    ledger.enter(Some(3));
    let mark = ledger.attempt(1, Kind::Sell);
    ledger.enter(None);
    ledger.acknowledge(mark, EventId::fresh());
    let all = ledger.reckon(&Stored::default());
    assert_eq!((all.lost, all.by_fault[&Some(3)].lost, all.by_fault[&None].acknowledged), (1, 1, 1));
    assert!(all.told[0].contains("lost"), "{:?}", all.told);
}

#[test]
fn a_second_effect_is_counted_whatever_its_event_id() {
    let ledger = Ledger::default();
    let (mark, id) = (ledger.attempt(1, Kind::Buy), EventId::fresh());
    ledger.acknowledge(mark, id);
    let documents = vec![found(mark, Kind::Buy, id), found(mark, Kind::Buy, EventId::fresh())];
    let all = ledger.reckon(&Stored { documents, ..Stored::default() });
    assert_eq!((all.duplicated, all.lost), (1, 0));
}

#[test]
fn an_unanswered_event_may_be_applied_and_a_refused_one_may_not() {
    let ledger = Ledger::default();
    let (open, refused) = (ledger.attempt(1, Kind::Buy), ledger.attempt(1, Kind::Buy));
    ledger.refuse(refused);
    let documents =
        [open, refused].map(|mark| found(mark, Kind::Buy, EventId::fresh())).into_iter().collect();
    let all = ledger.reckon(&Stored { documents, ..Stored::default() });
    assert_eq!((all.unanswered, all.unanswered_applied, all.refused_applied), (1, 1, 1));
    assert_eq!(all.extra_effects(), 1);
}

#[test]
fn what_nobody_sent_is_an_extra_effect() {
    let ledger = Ledger::default();
    let mark = ledger.attempt(1, Kind::Buy);
    let documents = vec![
        found(Mark { number: 7, ..mark }, Kind::Buy, EventId::fresh()),
        found(mark, Kind::Sell, EventId::fresh()),
    ];
    let all = ledger.reckon(&Stored { documents, strangers: 1, ..Stored::default() });
    assert_eq!(all.extra_effects(), 3);
}

#[test]
fn of_two_that_want_the_same_item_one_is_applied_and_the_other_rejected() {
    let ledger = Ledger::default();
    let first = ledger.attempt(1, Kind::Item);
    let second = ledger.attempt_against(first);
    let (a, b) = (EventId::fresh(), EventId::fresh());
    ledger.acknowledge(first, a);
    ledger.acknowledge(second, b);
    let mut stored = Stored { documents: vec![found(second, Kind::Item, b)], ..Stored::default() };
    assert_eq!(ledger.reckon(&stored).lost, 1, "nothing says what became of the first");
    stored.outcomes.insert(a, outcome("rejected", "item_already_exists", None));
    let all = ledger.reckon(&stored);
    assert_eq!((all.rejected, all.lost, all.letters_unexpected), (1, 0, 0));
}

#[test]
fn a_good_event_that_is_a_dead_letter_is_told() {
    let ledger = Ledger::default();
    let (mark, id) = (ledger.attempt(1, Kind::Buy), EventId::fresh());
    ledger.acknowledge(mark, id);
    let mut stored = Stored::default();
    stored.outcomes.insert(id, outcome("dead-lettered", "retries_exhausted", Some(b"whole")));
    let all = ledger.reckon(&stored);
    assert_eq!((all.letters_unexpected, all.lost), (1, 0));
}

#[test]
fn events_of_a_deleted_queue_are_counted_apart_and_later_ones_are_not() {
    let ledger = Ledger::default();
    let before = ledger.attempt(1, Kind::Buy);
    let other = ledger.attempt(1, Kind::Sell);
    ledger.queue_deleted(Kind::Buy, Duration::from_secs(60));
    let after = ledger.attempt(1, Kind::Buy);
    for mark in [before, other, after] {
        ledger.acknowledge(mark, EventId::fresh());
    }
    let all = ledger.reckon(&Stored::default());
    assert_eq!((all.lost_with_queue, all.lost), (1, 2));
}

#[test]
fn a_deleted_queue_excuses_no_loss_of_long_before() {
    let ledger = Ledger::default();
    let mark = ledger.attempt(1, Kind::Buy);
    ledger.acknowledge(mark, EventId::fresh());
    ledger.queue_deleted(Kind::Buy, Duration::ZERO);
    assert_eq!(ledger.reckon(&Stored::default()).lost, 1);
}

#[test]
fn every_poison_is_looked_for_among_the_letters() {
    let ledger = Ledger::default();
    for token in ["poison-1", "poison-2"] {
        ledger.expect_letter(Poison { what: "garbage", token: token.into() });
    }
    let mut stored = Stored::default();
    stored.outcomes.insert(EventId::fresh(), outcome("dead-lettered", "undecodable", Some(b"..poison-1..")));
    let all = ledger.reckon(&stored);
    assert_eq!((all.letters_expected, all.letters_found), (2, 1));
}
