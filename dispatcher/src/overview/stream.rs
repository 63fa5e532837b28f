//! Overviews as server-sent events (WHATWG HTML, section 9.2).

use super::Overviews;
use super::latest::{PERIOD, Taken};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use http::HeaderValue;
use pawnshop_edge::Problem;
use pawnshop_edge::problem::kinds;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep_until;

/// After how long a browser that lost the stream opens it again.
const RETRY: Duration = Duration::from_secs(2);

/// How long the stream may be silent; a comment breaks it.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A stream of overviews, each as soon as there is one. It ends when the process is about to, and a client that reads
/// nothing is cut off by the connection's write deadline.
///
/// # Errors
/// 503 when all places are taken, or the process is about to end.
pub(super) fn open(overviews: Overviews) -> Result<Response, Problem> {
    let refused = |why: &str| Problem::new(kinds::STREAM_REFUSED, why.to_owned());
    if overviews.draining().is_cancelled() {
        return Err(refused("this dispatcher is about to end; try again, at another one"));
    }
    let place = Arc::clone(overviews.streams()).try_acquire_owned();
    let place = place.map_err(|_| refused("as many streams are open as may be; ask for JSON instead"))?;
    let draining = overviews.draining().clone();
    let events = events(overviews).map(move |event| {
        let _held = &place;
        event
    });
    let events = events.take_until(draining.cancelled_owned());
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Else some proxies keep it until it ends.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn events(overviews: Overviews) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(None::<Taken>, move |last| {
        let overviews = overviews.clone();
        async move {
            if let Some(last) = &last {
                sleep_until(last.at + PERIOD).await;
            }
            let taken = overviews.current().await.ok()?;
            let event = Event::default().data(String::from_utf8_lossy(&taken.json));
            let event = if last.is_none() { event.retry(RETRY) } else { event };
            Some((Ok(event), Some(taken)))
        }
    })
}
