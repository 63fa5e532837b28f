use super::*;
use proptest::prelude::*;

fn reading(messages: u64, bytes: u64) -> Reading {
    Reading { messages, bytes, ready: 0 }
}

fn sample(messages: u64) -> QueueSample {
    QueueSample {
        messages: Some(messages),
        message_bytes_ready: Some(messages * 100),
        message_bytes_unacknowledged: Some(0),
        state: Some("running".to_owned()),
    }
}

proptest! {
    #[test]
    fn a_backlog_is_between_one_event_and_a_full_one_per_message_and_zero_only_without_messages(
        messages in 0..1_000_000_u64,
        bytes: u64,
        mean in prop::option::of(0.0..1e9_f64),
        max_events in 1..=256_usize,
        ended in 0..1_000_u64,
    ) {
        let told = events(&reading(messages, bytes), mean, max_events, ended);
        prop_assert!(told >= messages && told <= messages * max_events as u64);
        prop_assert_eq!(told == 0, messages == 0);
    }

    #[test]
    fn events_of_one_size_are_counted_exactly(
        sizes in prop::collection::vec(1..=256_u64, 1..200),
        size in 1..100_000_u64,
    ) {
        let count: u64 = sizes.iter().sum();
        let seen = sizes.iter().map(|&events| (events * size) as f64).sum::<f64>() / count as f64;
        let reading = reading(sizes.len() as u64, count * size);
        prop_assert_eq!(events(&reading, Some(seen), 256, 0), count);
    }
}

#[test]
fn without_a_mean_messages_count_as_full() {
    assert_eq!(events(&reading(3, 900), None, 16, 0), 48);
}

#[test]
fn what_has_ended_in_a_held_message_is_no_backlog() {
    assert_eq!(events(&reading(1, 1_000), Some(100.0), 256, 3), 7);
    assert_eq!(events(&reading(1, 1_000), Some(100.0), 256, 10), 1, "its message is still there");
}

#[test]
fn what_is_ready_now_counts_even_where_the_sample_is_behind() {
    let behind = Reading { messages: 2, bytes: 200, ready: 5 };
    assert_eq!(events(&behind, Some(100.0), 256, 0), 5);
}

#[test]
fn a_sample_that_has_not_ticked_is_unknown_and_never_zero() {
    assert!(agreed(&QueueSample::default(), 0).is_err());
    assert!(agreed(&sample(0), 1).is_err());
    assert_eq!(agreed(&sample(0), 0), Ok(reading(0, 0)));
}

#[test]
fn a_queue_that_does_not_run_or_tells_no_bytes_is_unknown() {
    let down = QueueSample { state: Some("down".to_owned()), ..sample(5) };
    assert!(agreed(&down, 0).is_err());
    assert!(agreed(&QueueSample { message_bytes_ready: None, ..sample(5) }, 0).is_err());
}
