use super::*;
use proptest::prelude::*;

fn event(size: usize) -> Bytes {
    Bytes::from(vec![7; size])
}

fn split(sizes: &[usize], max_events: usize) -> Vec<Events> {
    parts(sizes.iter().map(|&size| event(size)), max_events).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_part_is_fit_for_a_message_and_together_they_are_all_events_in_order(
        sizes in prop::collection::vec(prop_oneof![9 => 0..2_000_usize, 1 => 0..700_000_usize], 0..120),
        max_events in 1..40_usize,
    ) {
        let parts = split(&sizes, max_events);
        for part in &parts {
            prop_assert!((1..=max_events).contains(&part.events));
            prop_assert!(part.body.len() <= MESSAGE_BYTES || part.events == 1);
        }
        let joined: Vec<u8> = parts.iter().flat_map(|part| part.body.to_vec()).collect();
        let events: Vec<_> = sizes.iter().map(|&size| event(size)).collect();
        prop_assert_eq!(Bytes::from(joined), Event::join_batch(&events));
        prop_assert_eq!(parts.iter().map(|part| part.events).sum::<usize>(), sizes.len());
    }
}

#[test]
fn parts_are_as_large_as_they_may_be() {
    assert_eq!(split(&[100; 600], 256).iter().map(|part| part.events).collect::<Vec<_>>(), [256, 256, 88]);
}

#[test]
fn an_event_larger_than_a_message_should_be_travels_alone() {
    let parts = split(&[10, 600_000, 10], 256);
    assert_eq!(parts.iter().map(|part| part.events).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn an_event_larger_than_a_message_may_be_is_refused_with_its_size() {
    let refused = parts([event(10), event(LARGEST_EVENT + 1)].into_iter(), 256);
    assert_eq!(refused, Err(LARGEST_EVENT + 1));
}
