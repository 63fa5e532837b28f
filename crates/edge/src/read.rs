use crate::Edge;
use crate::problem::{Problem, kinds};
use futures::FutureExt;
use pawnshop_rpc::{Channel, Tried, traced};
use tokio::time::timeout;
use tonic::{Code, Response, Status};
use tracing::Instrument;

impl Edge {
    /// Asks a worker, within the read deadline, and once more if the first one fails: reads change nothing,
    /// so a failed worker costs the client a retry elsewhere and not an error (G6). Which worker is asked is
    /// the channel's affair; the requests carry who has failed ([`Tried`]).
    ///
    /// # Errors
    /// The last attempt's status; a [`Problem`] can be made of any.
    pub async fn read<T, F>(&self, call: impl Fn(Channel) -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<Response<T>, Status>> + Send + 'static,
    {
        let tried = Tried::default();
        let workers = || tried.over(self.workers());
        match self.attempt(call(workers())).await {
            Err(status) if is_passing(status.code()) => {
                metrics::counter!(crate::edge::READS_RETRIED).increment(1);
                tracing::debug!(%status, "a read is tried once more");
                self.attempt(call(workers())).await
            }
            answer => answer,
        }
    }

    /// One attempt, within half of the read deadline. Boxed, because the compiler cannot see through a generated client's future that it is `Send`.
    pub(crate) async fn attempt<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>> + Send + 'static,
    ) -> Result<T, Status> {
        let span = traced::client_span();
        let called = timeout(self.limits().read_deadline / 2, call.boxed().instrument(span.clone()));
        let answer = match called.await {
            Ok(answer) => answer.map(Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded("no worker answered in time")),
        };
        traced::called(&span, &answer);
        answer
    }
}

/// Whether another worker may answer better. `Unknown` is what a broken connection looks like.
pub(crate) fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Cancelled | Code::Aborted
    )
}

/// What a worker's failure looks like to a client. `NotFound` is for the endpoint to word; here it is the
/// plain 404.
impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::NotFound => Self::new(kinds::NOT_FOUND, status.message().to_owned()),
            Code::InvalidArgument | Code::OutOfRange => {
                Self::new(kinds::INVALID_PARAMETER, status.message().to_owned())
            }
            Code::FailedPrecondition => Self::new(kinds::CONFLICT, status.message().to_owned()),
            code if is_passing(code) || code == Code::ResourceExhausted => {
                tracing::debug!(%status, "no worker could answer");
                Self::new(kinds::WORKERS_UNAVAILABLE, "no worker could answer in time; nothing was changed")
            }
            _ => {
                tracing::error!(%status, "a worker answered with an error");
                Self::new(
                    kinds::INTERNAL,
                    "a worker failed to answer; the fault is the shop's, not the request's",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
