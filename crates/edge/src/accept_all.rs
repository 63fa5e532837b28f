use crate::accept::refusal;
use crate::{Caller, Edge, Problem};
use pawnshop_events::Event;

/// What is told of events after a publish was tried.
const MAYBE_ACCEPTED: &str = "; some or all of it may have been accepted: send the whole again";

impl Edge {
    /// Publishes the caller's events to `flow` in one go: once this returns all of them are durable.
    ///
    /// # Errors
    /// 503 when no pool serves the flow or the queue does not take the events, 413 when one is too large. After a publish
    /// was tried it says that some may have been accepted, and that all are to be sent again.
    pub async fn accept_all(
        &self,
        caller: &Caller,
        flow: &str,
        mut events: Vec<Event>,
    ) -> Result<(), Problem> {
        let served = self.served(flow)?;
        if events.is_empty() {
            return Ok(());
        }
        for event in &mut events {
            event.traceparent.clone_from(&caller.traceparent);
        }
        self.publish(served, events).await.map_err(|error| refusal(&error, MAYBE_ACCEPTED))
    }
}
