//! The figures as they come, over a stream that is opened again whenever it ends.

use super::document::Overview;
use crate::client::{Events, OpenError, SendError, Target};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

const PATH: &str = "/overview";

/// How long the answer to the request for a stream may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// The pauses before a stream is opened again: doubled each time that it gives nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What became of the stream.
#[derive(Debug)]
pub(super) enum News {
    Figures(Box<Overview>),
    /// It ended, and why.
    Lost(String),
}

/// Why a stream that was open gives no more.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("the dispatcher ended the stream")]
    Ended,
    #[error("the figures cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Opens the stream.
///
/// # Errors
/// When there is none.
pub(super) async fn open(target: &Target) -> Result<Events, OpenError> {
    Events::open(target, PATH, DEADLINE).await
}

/// Tells of figures and interruptions until nobody listens.
pub(super) async fn follow(target: Target, first: Events, news: mpsc::Sender<News>) {
    let mut first = Some(first);
    let mut pause = FIRST_PAUSE;
    loop {
        let mut came = false;
        let why = match stream(&target, first.take(), &news, &mut came).await {
            Ok(()) => return,
            Err(error) => error.to_string(),
        };
        pause = if came { FIRST_PAUSE } else { LONGEST_PAUSE.min(pause * 2) };
        if news.send(News::Lost(why)).await.is_err() {
            return;
        }
        sleep(pause).await;
    }
}

/// One stream to its end; `Ok` when nobody listens any more. `came`: whether it gave any figures.
async fn stream(
    target: &Target,
    opened: Option<Events>,
    news: &mpsc::Sender<News>,
    came: &mut bool,
) -> Result<(), StreamError> {
    let mut events = match opened {
        Some(events) => events,
        None => open(target).await?,
    };
    while let Some(data) = events.next().await? {
        let figures = Box::new(serde_json::from_str(&data)?);
        *came = true;
        if news.send(News::Figures(figures)).await.is_err() {
            return Ok(());
        }
    }
    Err(StreamError::Ended)
}
