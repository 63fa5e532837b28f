//! The part of the workers' gRPC that no service owns.

mod convert;
mod dead_letters;
mod figures;
mod outcomes;
mod traced;

pub(crate) use dead_letters::dead_letters;
pub(crate) use figures::figures;
pub(crate) use outcomes::outcomes;
pub(crate) use traced::traced;

use pawnshop_store::StoreError;
use std::time::Duration;
use tokio::time::timeout;
use tonic::Status;

/// A store's answer within its deadline, its failure as a status.
async fn stored<T>(
    deadline: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Status> {
    match timeout(deadline, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error @ StoreError::Unavailable(_))) => Err(Status::unavailable(error.to_string())),
        Ok(Err(error @ StoreError::Refused(_))) => Err(Status::internal(error.to_string())),
        Err(_) => Err(Status::unavailable(format!("the store gave no answer within {deadline:?}"))),
    }
}
