use crate::link::OpenChannel;
use crate::send::Message;
use futures::future::BoxFuture;
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::{Confirmation, PublisherConfirm};
use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tokio::time::Instant;

/// A confirm channel and the messages that it has outstanding. One task owns it, for two reasons:
///
/// - a message's confirm number is given when its publish is first polled, so publishes must not race;
/// - lapin hands a returned message to whichever confirm it completes next, which is another message's as soon as
///   confirms overlap. The right one is told by its message id here. Its own confirm never completes before the one
///   that carries the return, so all confirms that are there are read before any of them is believed.
///
/// A confirm that is dropped before it completes would be kept by lapin as long as the channel lives: none is.
pub(super) struct Confirms<T> {
    open: OpenChannel,
    outstanding: Vec<Outstanding<T>>,
    last_id: u64,
    /// Ids of messages that came back and whose own confirms have not been read yet.
    returned: HashSet<u64>,
}

/// One message on its way.
pub(super) struct Outstanding<T> {
    id: u64,
    pub(super) sent: Instant,
    pub(super) token: T,
    reply: BoxFuture<'static, lapin::Result<Confirmation>>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is durable in a queue.
    Confirmed,
    /// No queue takes it; the broker's reason.
    Returned,
    /// The broker would not take responsibility for it.
    Refused,
    /// Nothing is known, and why.
    Lost(String),
}

impl<T: Unpin> Confirms<T> {
    /// Takes over a channel in confirm mode.
    pub(super) fn new(open: OpenChannel) -> Self {
        Self { open, outstanding: Vec::new(), last_id: 0, returned: HashSet::new() }
    }

    /// Messages on their way.
    pub(super) fn len(&self) -> usize {
        self.outstanding.len()
    }

    pub(super) fn outstanding(&self) -> impl Iterator<Item = &Outstanding<T>> {
        self.outstanding.iter()
    }

    pub(super) fn outstanding_mut(&mut self) -> impl Iterator<Item = &mut Outstanding<T>> {
        self.outstanding.iter_mut()
    }

    /// Whether the channel can take more.
    pub(super) fn is_alive(&self) -> bool {
        !self.open.lost.is_cancelled() && self.open.status().connected()
    }

    /// Sends a message; the token comes back at once when the channel has ended.
    pub(super) fn publish(&mut self, message: Message, token: T) -> Result<(), T> {
        if !self.is_alive() {
            return Err(token);
        }
        self.last_id += 1;
        let id = self.last_id;
        let channel = self.open.channel.clone();
        let properties = message.properties.with_message_id(id.to_string().into());
        let mut reply: BoxFuture<'static, _> = Box::pin(async move {
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let sent = channel.basic_publish(
                message.exchange,
                message.routing_key,
                options,
                &message.body,
                properties,
            );
            let confirm: PublisherConfirm = sent.await?;
            confirm.await
        });
        // Takes the confirm number and hands the frames over, in this order for all messages of the channel.
        match reply.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(_)) => return Err(token),
            // The broker may be so fast.
            Poll::Ready(confirmed) => reply = Box::pin(std::future::ready(confirmed)),
            Poll::Pending => {}
        }
        self.outstanding.push(Outstanding { id, sent: Instant::now(), token, reply });
        Ok(())
    }

    /// Waits until the fate of some messages is known; for ever when none is outstanding and the channel lives.
    pub(super) async fn fates(&mut self) -> Vec<(Outstanding<T>, Fate)> {
        let lost = self.open.lost.clone();
        let mut lost = pin!(lost.cancelled());
        poll_fn(|context| {
            let mut fates = self.poll_fates(context);
            if fates.is_empty() && lost.as_mut().poll(context).is_ready() {
                let gone = |message| (message, Fate::Lost("the connection was lost".to_owned()));
                fates.extend(self.outstanding.drain(..).map(gone));
                return Poll::Ready(fates);
            }
            if fates.is_empty() { Poll::Pending } else { Poll::Ready(fates) }
        })
        .await
    }

    fn poll_fates(&mut self, context: &mut Context<'_>) -> Vec<(Outstanding<T>, Fate)> {
        let mut ended = Vec::new();
        loop {
            let before = ended.len();
            let mut index = 0;
            while let Some(message) = self.outstanding.get_mut(index) {
                match message.reply.as_mut().poll(context) {
                    Poll::Ready(result) => ended.push((self.outstanding.swap_remove(index), result)),
                    Poll::Pending => index += 1,
                }
            }
            if ended.len() == before {
                break;
            }
        }
        let read = |(message, result)| (message, self.read(result));
        let read: Vec<_> = ended.into_iter().map(read).collect();
        let fate = |(message, fate): (Outstanding<T>, Fate)| {
            let returned = self.returned.remove(&message.id);
            (message, if returned { Fate::Returned } else { fate })
        };
        read.into_iter().map(fate).collect()
    }

    /// What a confirm says of its own message; a returned message that it carries is remembered by its id.
    fn read(&mut self, result: lapin::Result<Confirmation>) -> Fate {
        let (fate, returned) = match result {
            Ok(Confirmation::Ack(returned)) => (Fate::Confirmed, returned),
            Ok(Confirmation::Nack(returned)) => (Fate::Refused, returned),
            Ok(Confirmation::NotRequested) => (Fate::Lost("confirms are off".to_owned()), None),
            Err(error) => (Fate::Lost(error.to_string()), None),
        };
        if let Some(returned) = returned {
            self.returned.extend(id_of(&returned));
        }
        fate
    }
}

fn id_of(returned: &BasicReturnMessage) -> Option<u64> {
    returned.properties.message_id().as_ref().and_then(|id| id.as_str().parse().ok())
}
