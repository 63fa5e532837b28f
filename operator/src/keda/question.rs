use super::contract::ScaledObjectRef;
use crate::build::scaled_object::{BACKLOG_PER_WORKER, POOL, SHOP};
use crate::scaling::board::PoolKey;
use std::num::NonZeroU32;
use tonic::Status;

/// The pool that a ScaledObject asks about: one of its own namespace, whatever its metadata say, so that nobody reads
/// another namespace's backlog by a ScaledObject.
///
/// # Errors
/// `INVALID_ARGUMENT` where its metadata do not name one.
pub(super) fn pool(asked: &ScaledObjectRef) -> Result<PoolKey, Status> {
    Ok(PoolKey {
        namespace: asked.namespace.clone(),
        shop: metadata(asked, SHOP)?.to_owned(),
        pool: metadata(asked, POOL)?.to_owned(),
    })
}

/// The events that one worker is given before another is added.
///
/// KEDA asks once for as long as its ScaledObject does not change: it stands in the ScaledObject and not here, so that
/// another figure is another ScaledObject.
///
/// # Errors
/// `INVALID_ARGUMENT` where its metadata do not tell.
pub(super) fn backlog_per_worker(asked: &ScaledObjectRef) -> Result<NonZeroU32, Status> {
    let text = metadata(asked, BACKLOG_PER_WORKER)?;
    text.parse()
        .map_err(|_| invalid(format!("the trigger's {BACKLOG_PER_WORKER} is {text:?}: set 1 or more")))
}

fn metadata<'a>(asked: &'a ScaledObjectRef, key: &str) -> Result<&'a str, Status> {
    let given = asked.scaler_metadata.get(key).filter(|value| !value.is_empty());
    given.map(String::as_str).ok_or_else(|| invalid(format!("the trigger's metadata have no {key}: set it")))
}

fn invalid(why: String) -> Status {
    Status::invalid_argument(why)
}
