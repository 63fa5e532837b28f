use super::call::Call;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tonic::Status;
use tonic::body::Body;

/// An answer's body, which ends the call: with its trailers, an error, or by being dropped.
pub(super) struct Judged {
    body: Body,
    call: Option<Call>,
}

impl Judged {
    pub(super) fn new(body: Body, call: Call) -> Self {
        Self { body, call: Some(call) }
    }
}

impl http_body::Body for Judged {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref()
                    && let Some(mut call) = self.call.take()
                {
                    call.judge(trailers);
                }
            }
            // An end without trailers is a cut as well (gRPC over HTTP/2, "Responses").
            Some(Err(_)) | None => {
                if let Some(mut call) = self.call.take() {
                    call.cut();
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
