use super::contract::external_scaler_server::ExternalScaler;
use super::contract::{GetMetricsRequest, ScaledObjectRef};
use super::scaler::Scaler;
use crate::build::scaled_object::{BACKLOG_PER_WORKER, POOL, SHOP};
use crate::scaling::board::{Board, FRESH, Measured, PoolKey};
use futures::StreamExt;
use k8s_openapi::jiff::Timestamp;
use pawnshop_scaling::Backlog;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, advance};
use tonic::{Code, Request, Status};

fn measured(value: Backlog) -> Measured {
    let now = Instant::now();
    Measured {
        value,
        at: Timestamp::UNIX_EPOCH,
        seen: now,
        backlog_per_worker: NonZeroU32::MIN,
        stays_awake: false,
    }
}

fn put(board: &Board, value: Backlog) {
    let pool =
        PoolKey { namespace: "shops".to_owned(), shop: "downtown".to_owned(), pool: "items".to_owned() };
    board.put(pool, measured(value));
}

/// What a ScaledObject of a namespace asks about, with these metadata.
fn asked(namespace: &str, metadata: &[(&str, &str)]) -> ScaledObjectRef {
    ScaledObjectRef {
        name: "downtown-items".to_owned(),
        namespace: namespace.to_owned(),
        scaler_metadata: metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

const METADATA: [(&str, &str); 3] = [(SHOP, "downtown"), (POOL, "items"), (BACKLOG_PER_WORKER, "200")];

fn items() -> ScaledObjectRef {
    asked("shops", &METADATA)
}

async fn value(scaler: &Scaler, asked: ScaledObjectRef) -> Result<(i64, f64), Status> {
    let request =
        GetMetricsRequest { scaled_object_ref: Some(asked), metric_name: "pawnshop_backlog".to_owned() };
    let answer = scaler.get_metrics(Request::new(request)).await?.into_inner();
    let [value] = &answer.metric_values[..] else { panic!("one value, not {answer:?}") };
    assert_eq!(value.metric_name, "pawnshop_backlog");
    Ok((value.metric_value, value.metric_value_float))
}

async fn active(scaler: &Scaler) -> Result<bool, Status> {
    Ok(scaler.is_active(Request::new(items())).await?.into_inner().result)
}

fn scaler() -> (Arc<Board>, Scaler) {
    let board = Arc::new(Board::default());
    (Arc::clone(&board), Scaler::new(board))
}

#[tokio::test]
async fn a_known_backlog_is_a_value_and_any_event_is_a_reason_to_be_awake() {
    let (board, scaler) = scaler();
    put(&board, Backlog::Known(7));
    assert_eq!(value(&scaler, items()).await.unwrap(), (7, 7.0));
    assert!(active(&scaler).await.unwrap());
    put(&board, Backlog::Known(u64::MAX));
    let (whole, float) = value(&scaler, items()).await.unwrap();
    assert!(whole.checked_mul(1000).is_some() && float * 1000.0 < i64::MAX as f64, "{whole} {float}");
    put(&board, Backlog::Known(0));
    assert_eq!(value(&scaler, items()).await.unwrap(), (0, 0.0));
    assert!(!active(&scaler).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_stale_or_of_another_pool_is_an_error_and_never_a_value() {
    let (board, scaler) = scaler();
    let refused = value(&scaler, items()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("downtown"), "{refused}");
    put(&board, Backlog::Unknown("the management API answers with status 500".to_owned()));
    for refused in [value(&scaler, items()).await.unwrap_err(), active(&scaler).await.unwrap_err()] {
        assert_eq!(refused.code(), Code::Unavailable);
        assert_eq!(refused.message(), "the management API answers with status 500");
    }
    put(&board, Backlog::Known(0));
    advance(FRESH + Duration::from_secs(1)).await;
    assert_eq!(active(&scaler).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_namespace_is_the_scaled_objects_own_whatever_its_metadata_say() {
    let (board, scaler) = scaler();
    put(&board, Backlog::Known(7));
    let metadata = [METADATA.as_slice(), &[("namespace", "shops")]].concat();
    let refused = value(&scaler, asked("elsewhere", &metadata)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

#[tokio::test]
async fn the_target_is_told_whether_or_not_anything_is_known() {
    let (_, scaler) = scaler();
    let answer = scaler.get_metric_spec(Request::new(items())).await.unwrap().into_inner();
    let [spec] = &answer.metric_specs[..] else { panic!("one metric, not {answer:?}") };
    assert_eq!((spec.metric_name.as_str(), spec.target_size), ("pawnshop_backlog", 200));
    assert_eq!(spec.target_size_float, 200.0);
}

#[tokio::test]
async fn a_trigger_that_is_not_ours_is_told_what_it_lacks() {
    let (_, scaler) = scaler();
    for (metadata, lacking) in [
        (&[(POOL, "items"), (BACKLOG_PER_WORKER, "200")], SHOP),
        (&[(SHOP, "downtown"), (BACKLOG_PER_WORKER, "200")], POOL),
    ] {
        let refused = value(&scaler, asked("shops", metadata)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains(lacking), "{refused}");
    }
    for per_worker in ["", "0", "many"] {
        let metadata = [(SHOP, "downtown"), (POOL, "items"), (BACKLOG_PER_WORKER, per_worker)];
        let request = Request::new(asked("shops", &metadata));
        assert_eq!(scaler.get_metric_spec(request).await.unwrap_err().code(), Code::InvalidArgument);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_each_change_once_and_nothing_of_what_is_unknown() {
    let (board, scaler) = scaler();
    put(&board, Backlog::Known(3));
    let mut told = scaler.stream_is_active(Request::new(items())).await.unwrap().into_inner();
    assert!(told.next().await.unwrap().unwrap().result);
    put(&board, Backlog::Unknown("no answer in time".to_owned()));
    let silent = tokio::time::timeout(Duration::from_secs(10), told.next()).await;
    assert!(silent.is_err(), "it told {silent:?}");
    put(&board, Backlog::Known(0));
    assert!(!told.next().await.unwrap().unwrap().result);
}
