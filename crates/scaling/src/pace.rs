/// The share of its time that a worker may be at work and still have room for more.
const FULL: f64 = 0.8;
/// So much of a worker is none: what a mean still remembers of work long done keeps nobody.
const NONE: f64 = 0.01;

/// How many of `workers` keep the pace: that would do the work of late, each at work for no more than four fifths of
/// its time. `share`: of all of them together, 2.5 where two were at work all the time and one half of it.
///
/// Counted among [`crate::Work`]'s busy workers, it keeps a pool as large as its steady load needs, which a backlog
/// does not show while workers keep up with it. It never asks for more workers than there are: that is the backlog's part.
pub fn at_pace(share: f64, workers: u32) -> u32 {
    let needed = (share / FULL - NONE).ceil();
    if needed >= f64::from(workers) { workers } else { needed.max(0.0) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn workers_that_are_at_work_for_four_fifths_of_their_time_are_just_enough() {
        assert_eq!(at_pace(3.2, 10), 4);
        assert_eq!(at_pace(3.3, 10), 5);
        assert_eq!([0.0, 0.005, 0.05].map(|share| at_pace(share, 10)), [0, 0, 1]);
    }

    #[test]
    fn a_share_that_is_no_number_keeps_nobody_but_an_endless_one_keeps_all() {
        assert_eq!(at_pace(f64::NAN, 3), 0);
        assert_eq!(at_pace(f64::INFINITY, 3), 3);
    }

    proptest! {
        #[test]
        fn no_more_are_kept_than_there_are_and_what_is_kept_is_enough(share in 0.0..100.0_f64, workers in 0..100_u32) {
            let kept = at_pace(share, workers);
            prop_assert!(kept <= workers);
            prop_assert!(kept == workers || f64::from(kept) * FULL >= share - NONE);
        }
    }
}
