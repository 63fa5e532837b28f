use super::*;
use crate::{EdgeOptions, Limits};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::in_process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tonic::service::Routes;

struct NoBroker;

#[async_trait::async_trait]
impl Publisher for NoBroker {
    async fn publish(&self, _: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        Err(PublishError::Unavailable("reads need no broker".into()))
    }
}

fn edge() -> Edge {
    Edge::new(EdgeOptions {
        shop: ShopName::new("default", "downtown").unwrap(),
        publisher: Arc::new(NoBroker),
        workers: in_process(Routes::default()),
        flows: Vec::new(),
        limits: Limits { read_deadline: Duration::from_secs(4), ..Limits::default() },
    })
}

/// Reads from workers of which the first `failing` answer with `code`; tells the answer and how many were asked.
async fn read(failing: u32, code: Code) -> (Result<&'static str, Status>, u32) {
    let asked = Arc::new(AtomicU32::new(0));
    let answer =
        edge()
            .read(|_| {
                let now = asked.fetch_add(1, Ordering::Relaxed) + 1;
                async move {
                    if now <= failing { Err(Status::new(code, "no")) } else { Ok(Response::new("read")) }
                }
            })
            .await;
    (answer, asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_failed_worker_costs_a_retry_and_not_an_error() {
    for code in [Code::Unavailable, Code::Unknown, Code::DeadlineExceeded] {
        let (answer, asked) = read(1, code).await;
        assert_eq!((answer.unwrap(), asked), ("read", 2), "{code:?}");
    }
}

#[tokio::test]
async fn a_read_is_retried_once_and_only_when_another_worker_may_know_better() {
    assert_eq!(read(9, Code::Unavailable).await.1, 2);
    for code in [Code::NotFound, Code::InvalidArgument, Code::Internal, Code::DataLoss] {
        let (answer, asked) = read(9, code).await;
        assert_eq!((answer.unwrap_err().code(), asked), (code, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_hangs_is_given_up_within_the_deadline() {
    let begun = tokio::time::Instant::now();
    let answer: Result<(), _> = edge().read(|_| std::future::pending()).await;
    assert_eq!(answer.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(begun.elapsed(), Duration::from_secs(4));
}

#[test]
fn every_status_becomes_the_problem_that_fits_it() {
    for (code, status, told) in [
        (Code::NotFound, 404, "not_found"),
        (Code::InvalidArgument, 400, "invalid_parameter"),
        (Code::FailedPrecondition, 409, "conflict"),
        (Code::Unavailable, 503, "workers_unavailable"),
        (Code::DeadlineExceeded, 503, "workers_unavailable"),
        (Code::ResourceExhausted, 503, "workers_unavailable"),
        (Code::Unknown, 503, "workers_unavailable"),
        (Code::Internal, 500, "internal_error"),
        (Code::DataLoss, 500, "internal_error"),
        (Code::Unimplemented, 500, "internal_error"),
    ] {
        let problem = Problem::from(Status::new(code, "why"));
        assert_eq!((problem.status().as_u16(), problem.code()), (status, told), "{code:?}");
    }
}
