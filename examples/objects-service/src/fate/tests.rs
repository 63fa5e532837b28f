use super::*;
use crate::Share;

const MANY: i64 = 10_000;

fn share(share: f64) -> Share {
    Share::try_from(share).unwrap()
}

/// How many of so many objects' first look-ups end in such a way.
fn count(behaviour: &Behaviour, ends: impl Fn(Fate) -> bool) -> usize {
    (0..MANY).filter(|id| ends(behaviour.fate(&ObjectId::from(*id), 1))).count()
}

fn is(answer: Answer) -> impl Fn(Fate) -> bool {
    move |fate| matches!(fate, Fate::Answered { answer: it, .. } if it == answer)
}

#[test]
fn the_same_seed_gives_the_same_fates_and_another_seed_gives_others() {
    let fates = |seed| {
        let behaviour = Behaviour { seed, errors: share(0.5), ..Behaviour::default() };
        let fate = |id: i64| {
            (behaviour.object(&id.into()), behaviour.fate(&id.into(), 1), behaviour.fate(&id.into(), 2))
        };
        (0..100).map(fate).collect::<Vec<_>>()
    };
    assert_eq!(fates(7), fates(7));
    assert_ne!(fates(7), fates(8));
}

#[test]
fn an_object_has_the_same_state_at_every_look_up() {
    let behaviour = Behaviour::at_once();
    for id in (0..100).map(ObjectId::from) {
        let Object::Known { online } = behaviour.object(&id) else { panic!("{id:?} is not known") };
        assert!((1..20).all(|number| is(Answer::State { online })(behaviour.fate(&id, number))));
    }
}

#[test]
fn shares_are_kept() {
    let about_a_fifth = |count: usize| (1_800..2_200).contains(&count);
    let fifth = share(0.2);
    let of = Behaviour::at_once;
    assert!(about_a_fifth(count(&Behaviour { hangs: fifth, ..of() }, |fate| fate == Fate::Hangs)));
    assert!(about_a_fifth(count(&Behaviour { errors: fifth, ..of() }, is(Answer::Failure))));
    assert!(about_a_fifth(count(&Behaviour { broken: fifth, ..of() }, is(Answer::Failure))));
    assert!(about_a_fifth(count(&Behaviour { unknown: fifth, ..of() }, is(Answer::Unknown))));
    assert!(about_a_fifth(count(&Behaviour { online: fifth, ..of() }, is(Answer::State { online: true }))));
    let all = Behaviour { hangs: fifth, errors: fifth, nonsense: fifth, ..of() };
    assert!(about_a_fifth(count(&all, |fate| fate == Fate::Hangs)));
    assert!(about_a_fifth(count(&all, is(Answer::Failure))));
    let nonsense = |fate| matches!(fate, Fate::Answered { answer: Answer::Nonsense(_), .. });
    assert!(about_a_fifth(count(&all, nonsense)));
}

#[test]
fn every_kind_of_nonsense_comes() {
    let behaviour = Behaviour { nonsense: Share::ALL, ..Behaviour::at_once() };
    for kind in Nonsense::ALL {
        assert!(count(&behaviour, is(Answer::Nonsense(kind))) > 0, "{kind:?}");
    }
}

#[test]
fn a_look_up_that_failed_may_pass_when_it_is_made_again_unless_the_object_is_broken() {
    let passes = |behaviour: &Behaviour, id: i64| {
        (1..100).any(|number| !is(Answer::Failure)(behaviour.fate(&ObjectId::from(id), number)))
    };
    let flaky = Behaviour { errors: Share::HALF, ..Behaviour::at_once() };
    assert!((0..100).all(|id| passes(&flaky, id)));
    let broken = Behaviour { broken: Share::ALL, ..Behaviour::at_once() };
    assert!(!(0..100).any(|id| passes(&broken, id)));
}

#[test]
fn latency_is_anything_between_its_bounds() {
    let behaviour = Behaviour::default();
    let latencies = (0..MANY).map(|id| match behaviour.fate(&ObjectId::from(id), 1) {
        Fate::Answered { after, .. } => after,
        Fate::Hangs => panic!("none is to hang"),
    });
    let latencies: Vec<_> = latencies.collect();
    assert!(latencies.iter().all(|latency| behaviour.latency.contains(latency)));
    let mean = latencies.iter().sum::<Duration>().as_secs_f64() / latencies.len() as f64;
    assert!((2.1..2.2).contains(&mean), "the mean is {mean} s");
}

#[test]
fn an_empty_range_of_latency_is_its_start() {
    let second = Duration::from_secs(1);
    let behaviour = Behaviour { latency: second..=Duration::ZERO, ..Behaviour::default() };
    let fate = behaviour.fate(&ObjectId::from(1), 1);
    assert!(matches!(fate, Fate::Answered { after, .. } if after == second));
}
