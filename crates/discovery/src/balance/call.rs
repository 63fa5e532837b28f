use super::body::Judged;
use super::member::{Failure, Member};
use http::{HeaderMap, Response};
use pawnshop_rpc::Tried;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};

/// Where gRPC says how a call ended: in the trailers, or in the headers of an answer that has none.
const GRPC_STATUS: &str = "grpc-status";

/// A call under way at a member. It counts as in flight until it has ended, and then tells how.
pub(super) struct Call {
    member: Arc<Member>,
    tried: Option<Tried>,
    begun: Instant,
    patience: Duration,
    judged: bool,
}

impl Call {
    pub(super) fn begin(member: Arc<Member>, tried: Option<Tried>, patience: Duration) -> Self {
        member.enter();
        Self { member, tried, begun: Instant::now(), patience, judged: false }
    }

    /// There was no answer, but an error of the connection.
    pub(super) fn broken(mut self, error: tonic::transport::Error) -> Status {
        self.failed(Failure::Connection);
        Status::from_error(Box::new(error))
    }

    /// An answer began; it ends with its body, and only then says whether all went well.
    pub(super) fn answered(mut self, response: Response<Body>) -> Response<Body> {
        if response.headers().contains_key(GRPC_STATUS) {
            self.judge(response.headers());
            return response;
        }
        response.map(|body| Body::new(Judged::new(body, self)))
    }

    /// Judges by the status that ends a call, in its headers or trailers.
    pub(super) fn judge(&mut self, headers: &HeaderMap) {
        match headers.get(GRPC_STATUS).map(|status| Code::from_bytes(status.as_bytes())) {
            Some(Code::Unavailable) => self.failed(Failure::Unavailable),
            _ => self.succeeded(),
        }
    }

    /// The connection broke before the answer had ended.
    pub(super) fn cut(&mut self) {
        self.failed(Failure::Connection);
    }

    fn succeeded(&mut self) {
        self.judged = true;
        self.member.succeeded();
    }

    fn failed(&mut self, failure: Failure) {
        self.judged = true;
        self.note();
        self.member.failed(failure, self.begun);
    }

    fn note(&self) {
        if let Some(tried) = &self.tried {
            tried.add(self.member.address());
        }
    }
}

/// Whoever drops a call unanswered has lost patience, or just the wish for an answer: the time tells.
impl Drop for Call {
    fn drop(&mut self) {
        if !self.judged {
            if self.begun.elapsed() >= self.patience {
                self.failed(Failure::Unanswered);
            } else {
                self.note();
            }
        }
        self.member.leave();
    }
}
