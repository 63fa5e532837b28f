use super::*;

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
