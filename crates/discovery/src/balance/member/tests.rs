use super::*;
use Readiness::{Draining, Ready, Untold};
use tokio::time::advance;

fn member(readiness: Readiness) -> Member {
    let address = "127.0.0.1:7070".parse().unwrap();
    Member::new(Endpoint { address, readiness }, &BalanceOptions::default()).unwrap()
}

fn fail(member: &Member, failure: Failure) {
    member.failed(failure, Instant::now());
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[tokio::test]
async fn a_source_that_knows_readiness_is_believed_and_else_the_worker_itself() {
    for (readiness, health, standing) in [
        (Ready, Health::Unknown, Standing::Ready),
        (Ready, Health::NotServing, Standing::Ready),
        (Draining, Health::Serving, Standing::Draining),
        (Untold, Health::Unknown, Standing::Unknown),
        (Untold, Health::Serving, Standing::Ready),
        (Untold, Health::NotServing, Standing::NotServing),
    ] {
        let member = member(readiness);
        member.asked(health);
        assert_eq!(member.standing(), standing, "{readiness:?} {health:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_member_is_set_aside_for_longer_and_longer_but_never_for_good() {
    let member = member(Ready);
    for base in [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0] {
        fail(&member, Failure::Connection);
        advance(seconds((base * 0.74_f64).min(7.4))).await;
        assert_eq!(member.standing(), Standing::SetAside, "after {base} s, less the jitter");
        advance(seconds(base * 0.52)).await;
        assert_eq!(member.standing(), Standing::Ready, "after {base} s and the jitter");
    }
    member.succeeded();
    fail(&member, Failure::Connection);
    advance(seconds(0.63)).await;
    assert_eq!(member.standing(), Standing::Ready, "a success forgives what was before");
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_together_are_one_failure() {
    let member = member(Ready);
    let begun = Instant::now();
    advance(seconds(2.0)).await;
    for _ in 0..50 {
        member.failed(Failure::Unanswered, begun);
    }
    assert_eq!(member.failures(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_answers_unavailable_lives_and_is_set_aside_for_no_longer_each_time() {
    let member = member(Ready);
    for _ in 0..9 {
        fail(&member, Failure::Unavailable);
        advance(seconds(0.63)).await;
        assert_eq!(member.standing(), Standing::Ready);
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_is_on_probation_until_a_call_succeeds() {
    let member = member(Ready);
    fail(&member, Failure::Unanswered);
    advance(seconds(0.63)).await;
    member.enter();
    assert_eq!(member.standing(), Standing::SetAside, "one call is under way already");
    member.succeeded();
    assert_eq!(member.standing(), Standing::Ready);
}
