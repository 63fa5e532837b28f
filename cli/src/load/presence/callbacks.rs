use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::index;
use serde_json::json;

/// How many ids a seed has to itself, and how many seeds have ids of their own: together less than 2^53, up to which
/// every reader of JSON knows integers.
const IDS_OF_A_SEED: u64 = 1_000_000_000;
const SEEDS: u64 = 1_000_000;

/// Which objects callbacks are about; the same for the same seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callbacks {
    seed: u64,
    ids: u16,
    /// Objects are numbered from 1 to this, or each is new.
    objects: Option<u32>,
}

impl Callbacks {
    pub(super) fn new(seed: u64, ids: u16, objects: Option<u32>) -> Self {
        Self { seed, ids, objects }
    }

    /// The ids in the callback of this number, from 0; none of them twice.
    pub(super) fn ids(&self, number: u64) -> Vec<u64> {
        let Some(objects) = self.objects else {
            let of_the_seed = self.seed.wrapping_sub(1) % SEEDS * IDS_OF_A_SEED;
            let first = of_the_seed + 1 + number * u64::from(self.ids);
            return (first..first + u64::from(self.ids)).collect();
        };
        let mut rng = SmallRng::seed_from_u64(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
        let ids = u32::from(self.ids).min(objects);
        let drawn = index::sample(&mut rng, objects as usize, ids as usize);
        drawn.into_iter().map(|index| index as u64 + 1).collect()
    }
}

/// The body of a callback.
pub(super) fn body(ids: &[u64]) -> Bytes {
    Bytes::from(json!({"object_ids": ids}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn all(callbacks: Callbacks) -> Vec<u64> {
        (0..100).flat_map(|number| callbacks.ids(number)).collect()
    }

    #[test]
    fn without_a_population_no_id_comes_twice() {
        let ids = all(Callbacks::new(1, 200, None));
        assert_eq!((ids.first(), ids.last()), (Some(&1), Some(&20_000)));
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 20_000);
        let others: HashSet<_> = all(Callbacks::new(2, 200, None)).into_iter().collect();
        assert!(ids.iter().all(|id| !others.contains(id)), "another seed has ids of its own");
    }

    #[test]
    fn a_population_comes_again_and_never_twice_in_a_callback() {
        let callbacks = Callbacks::new(7, 20, Some(50));
        for ids in (0..100).map(|number| callbacks.ids(number)) {
            assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 20);
        }
        assert_eq!(all(callbacks).into_iter().collect::<HashSet<_>>(), (1..=50).collect());
        assert_eq!(all(callbacks), all(Callbacks::new(7, 20, Some(50))));
        assert_ne!(all(callbacks), all(Callbacks::new(8, 20, Some(50))));
    }

    #[test]
    fn of_few_objects_a_callback_has_all() {
        let mut ids = Callbacks::new(1, 200, Some(3)).ids(0);
        ids.sort_unstable();
        assert_eq!(ids, [1, 2, 3]);
    }

    #[test]
    fn ids_are_integers_to_every_reader() {
        let last = Callbacks::new(SEEDS, 1, None).ids(IDS_OF_A_SEED - 1);
        assert!(last[0] < 1 << 53);
        assert_eq!(body(&[1, 2]), r#"{"object_ids":[1,2]}"#);
    }
}
