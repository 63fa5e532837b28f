use super::member::{Member, Standing};
use pawnshop_rpc::Tried;
use rand::RngExt;
use rand::seq::IndexedRandom;
use std::sync::Arc;

/// One of the best members: untried ones before tried ones, then by standing. Among the equally good it is the
/// less busy of two random ones (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing",
/// 2001); among those that are set aside it is the one that failed the least.
pub(super) fn pick(members: &[Arc<Member>], tried: Option<&Tried>) -> Option<Arc<Member>> {
    let ranked: Vec<_> = members.iter().map(|member| (rank(member, tried), member)).collect();
    let (best, _) = ranked.iter().min_by_key(|(rank, _)| *rank)?;
    let candidates: Vec<_> =
        ranked.iter().filter(|(rank, _)| rank == best).map(|(_, member)| *member).collect();
    let choice = match best.1 {
        Standing::SetAside => {
            candidates.into_iter().min_by_key(|member| (member.failures(), member.in_flight()))
        }
        _ => less_busy_of_two(&candidates),
    };
    choice.cloned()
}

fn rank(member: &Member, tried: Option<&Tried>) -> (bool, Standing) {
    let tried = tried.is_some_and(|tried| tried.contains(&member.address()));
    (tried, member.standing())
}

fn less_busy_of_two<'m>(candidates: &[&'m Arc<Member>]) -> Option<&'m Arc<Member>> {
    let mut rng = rand::rng();
    let two: Vec<_> = candidates.sample(&mut rng, 2).copied().collect();
    match two.as_slice() {
        // A sample's order is not random, which shows where both are idle.
        [one, other] if one.in_flight() == other.in_flight() => {
            Some(if rng.random_bool(0.5) { one } else { other })
        }
        [one, other] => Some(if one.in_flight() < other.in_flight() { one } else { other }),
        _ => two.first().copied(),
    }
}
