/// What a broker counts in one queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// Messages, ready and unacknowledged; each holds one event or more.
    pub messages: u64,
    /// The bytes of their bodies.
    pub bytes: u64,
    /// Events known to have ended in messages that are still held because of their other events.
    pub ended: u64,
}

/// How many events a queue holds (decision K1): `clamp(bytes / mean, messages, messages * most_per_message)`, and all
/// messages full where no mean is known, less those that have `ended`; zero only without messages.
///
/// `mean`: the recent mean of the bytes of one event. Rounded, so that events of one size are counted exactly.
pub fn events(queued: &Queued, mean: Option<f64>, most_per_message: u64) -> u64 {
    let least = queued.messages;
    let most = least.saturating_mul(most_per_message).max(least);
    let told = match mean {
        Some(mean) if mean > 0.0 => (queued.bytes as f64 / mean).round() as u64,
        _ => most,
    };
    told.clamp(least, most).saturating_sub(queued.ended).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn queued(messages: u64, bytes: u64) -> Queued {
        Queued { messages, bytes, ended: 0 }
    }

    #[test]
    fn without_a_mean_messages_count_as_full() {
        assert_eq!(events(&queued(3, 900), None, 16), 48);
    }

    #[test]
    fn a_mean_of_nothing_is_no_mean() {
        assert_eq!(events(&queued(3, 900), Some(0.0), 16), 48);
        assert_eq!(events(&queued(3, 900), Some(f64::NAN), 16), 48);
    }

    #[test]
    fn what_has_ended_in_a_held_message_is_no_backlog() {
        assert_eq!(events(&Queued { ended: 3, ..queued(1, 1_000) }, Some(100.0), 256), 7);
        assert_eq!(
            events(&Queued { ended: 10, ..queued(1, 1_000) }, Some(100.0), 256),
            1,
            "its message is there"
        );
    }

    proptest! {
        #[test]
        fn a_backlog_is_between_one_event_and_a_full_one_per_message_and_zero_only_without_messages(
            messages in 0..1_000_000_u64,
            bytes: u64,
            mean in prop::option::of(0.0..1e9_f64),
            most in 0..=256_u64,
            ended in 0..1_000_u64,
        ) {
            let told = events(&Queued { messages, bytes, ended }, mean, most);
            prop_assert!(told >= messages && told <= messages * most.max(1));
            prop_assert_eq!(told == 0, messages == 0);
        }

        #[test]
        fn events_of_one_size_are_counted_exactly(
            sizes in prop::collection::vec(1..=256_u64, 1..200),
            size in 1..100_000_u64,
        ) {
            let count: u64 = sizes.iter().sum();
            let seen = sizes.iter().map(|&events| (events * size) as f64).sum::<f64>() / count as f64;
            prop_assert_eq!(events(&queued(sizes.len() as u64, count * size), Some(seen), 256), count);
        }
    }
}
