use super::room::Reservation;
use pawnshop_messaging::PublishError;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Somebody who waits to hear that something is durable.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// When the publish was called.
    pub(super) since: Instant,
    reply: oneshot::Sender<Result<(), PublishError>>,
    _room: Option<Reservation>,
}

/// Where the answer comes.
pub(crate) type Answer = oneshot::Receiver<Result<(), PublishError>>;

impl Waiting {
    /// Somebody who waits from now on, and keeps this room taken meanwhile.
    pub(crate) fn begin(room: Option<Reservation>) -> (Self, Answer) {
        let (reply, answer) = oneshot::channel();
        (Self { since: Instant::now(), reply, _room: room }, answer)
    }

    /// Whether nobody waits any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    pub(crate) fn answer(self, answer: Result<(), PublishError>) {
        let Self { reply, _room: room, .. } = self;
        // Before anybody hears of it: who does may publish the next.
        drop(room);
        // Who has gone does not need to know.
        let _ = reply.send(answer);
    }
}
