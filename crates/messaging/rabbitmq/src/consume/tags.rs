use std::collections::BTreeSet;

/// Which deliveries of one channel have been answered, so that one acknowledgement can stand for many.
///
/// The broker numbers a channel's deliveries from 1. An acknowledgement of `tag` and all before it is right only
/// when every delivery up to `tag` is answered, those included that have not been looked at yet: they may wait in
/// an earlier subscription's stream. So a delivery counts as open from the start, not from when it is seen.
#[derive(Debug)]
pub(crate) struct Tags {
    /// The first delivery that is not answered.
    first_open: u64,
    /// Those behind it that are.
    answered: BTreeSet<u64>,
}

/// Acknowledgements to send, in this order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Acks {
    /// This delivery and all before it.
    pub(crate) up_to: Option<u64>,
    /// These alone.
    pub(crate) single: Vec<u64>,
}

impl Default for Tags {
    fn default() -> Self {
        Self { first_open: 1, answered: BTreeSet::new() }
    }
}

impl Tags {
    /// These deliveries are given back to the broker. They must be told to it before the next acknowledgements.
    pub(crate) fn returned(&mut self, tags: &[u64]) {
        self.answered.extend(tags);
        self.close();
    }

    /// The acknowledgements for deliveries that have ended.
    pub(crate) fn ended(&mut self, tags: &[u64]) -> Acks {
        self.answered.extend(tags);
        self.close();
        let (covered, single): (Vec<u64>, Vec<u64>) = tags.iter().partition(|&&tag| tag < self.first_open);
        Acks { up_to: covered.into_iter().max(), single }
    }

    /// Moves the first open delivery behind all that are answered in a row.
    fn close(&mut self) {
        while self.answered.remove(&self.first_open) {
            self.first_open += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_unseen_delivery_keeps_those_behind_it_from_being_acknowledged_together() {
        let mut tags = Tags::default();
        assert_eq!(tags.ended(&[2, 3]), Acks { up_to: None, single: vec![2, 3] });
        assert_eq!(tags.ended(&[1, 4, 6]), Acks { up_to: Some(4), single: vec![6] });
        tags.returned(&[5]);
        assert_eq!(tags.ended(&[7]), Acks { up_to: Some(7), single: vec![] });
    }

    proptest! {
        /// A broker that follows the acknowledgements ends with exactly what was meant.
        #[test]
        fn the_broker_understands_what_was_meant(
            order in Just((1..=60_u64).collect::<Vec<_>>()).prop_shuffle(),
            cuts in prop::collection::vec((1..10_usize, any::<bool>()), 1..40),
        ) {
            let (mut tags, mut open) = (Tags::default(), (1..=60_u64).collect::<BTreeSet<_>>());
            let (mut acked, mut ended) = (BTreeSet::new(), BTreeSet::new());
            let mut rest = &order[..];
            for (length, returned) in cuts {
                let (now, later) = rest.split_at(length.min(rest.len()));
                rest = later;
                if returned {
                    for tag in now {
                        prop_assert!(open.remove(tag), "{tag} is not open at the broker");
                    }
                    tags.returned(now);
                    continue;
                }
                ended.extend(now);
                let acks = tags.ended(now);
                if let Some(last) = acks.up_to {
                    let kept = open.split_off(&(last + 1));
                    acked.append(&mut open);
                    open = kept;
                }
                for tag in acks.single {
                    prop_assert!(open.remove(&tag), "{tag} is not open at the broker");
                    acked.insert(tag);
                }
                prop_assert_eq!(&acked, &ended);
            }
        }
    }
}
