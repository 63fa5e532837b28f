use super::convert::{dead_letter, listed};
use super::stored;
use crate::Deadlines;
use pawnshop_domain::{EventId, FlowName, Instant};
use pawnshop_events::Event;
use pawnshop_flow::outcomes::{Letter, Outcomes};
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::MESSAGE_LIMIT;
use pawnshop_rpc::v1::dead_letters_server::{DeadLetters as Contract, DeadLettersServer};
use pawnshop_rpc::v1::{DeadLetter, DeadLetterId, DeadLetterPage, ListDeadLettersRequest};
use std::sync::Arc;
use tokio::time::timeout;
use tonic::{Request, Response, Status};

/// How often a drop may find that the letter changed since it was read, as it does when it is replayed.
const DROP_ROUNDS: usize = 4;

/// Lists, shows, replays and drops dead letters.
pub(crate) fn dead_letters(
    outcomes: Outcomes,
    publisher: Arc<dyn Publisher>,
    deadlines: Deadlines,
) -> DeadLettersServer<impl Contract> {
    DeadLettersServer::new(Server { outcomes, publisher, deadlines })
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

struct Server {
    outcomes: Outcomes,
    publisher: Arc<dyn Publisher>,
    deadlines: Deadlines,
}

#[tonic::async_trait]
impl Contract for Server {
    async fn list(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> Result<Response<DeadLetterPage>, Status> {
        let ListDeadLettersRequest { flow, limit, after } = request.into_inner();
        if !(1..=100).contains(&limit) {
            return Err(Status::invalid_argument("limit must be 1 to 100"));
        }
        let limit = limit as usize;
        let flow = match flow.as_str() {
            "" => None,
            name => {
                let parsed = name.parse::<FlowName>();
                Some(parsed.map_err(|error| Status::invalid_argument(format!("flow {error}")))?)
            }
        };
        let after = (!after.is_empty()).then_some(after);
        // One more than asked for tells whether a page follows.
        let page = self.outcomes.letters(flow.as_ref(), after, limit + 1);
        let page = stored(self.deadlines.store, page).await?;
        let more = page.len() > limit;
        let letters: Vec<DeadLetter> =
            page.into_iter().take(limit).map(|letter| listed(letter.record)).collect();
        let next = letters.last().filter(|_| more).map(|letter| letter.id.clone());
        Ok(Response::new(DeadLetterPage { letters, next }))
    }

    async fn show(&self, request: Request<DeadLetterId>) -> Result<Response<DeadLetter>, Status> {
        let letter = self.letter(&request.into_inner()).await?;
        Ok(Response::new(dead_letter(letter.record)))
    }

    async fn replay(&self, request: Request<DeadLetterId>) -> Result<Response<DeadLetter>, Status> {
        let mut letter = self.letter(&request.into_inner()).await?;
        let envelope = letter.record.envelope.clone().unwrap_or_default();
        let event = Event::decode(envelope).map_err(|error| {
            Status::failed_precondition(format!(
                "letter {} cannot be replayed: its bytes are no event ({error}); drop it",
                letter.record.id
            ))
        })?;
        self.publish(&letter.record.flow, Event { attempt: 0, ..event }).await?;
        let now = Instant::now();
        if stored(self.deadlines.store, self.outcomes.mark_replayed(&letter, now)).await? {
            letter.record.replayed = Some(now);
        }
        Ok(Response::new(dead_letter(letter.record)))
    }

    async fn drop(&self, request: Request<DeadLetterId>) -> Result<Response<DeadLetter>, Status> {
        let id = request.into_inner();
        for _ in 0..DROP_ROUNDS {
            let letter = self.letter(&id).await?;
            if stored(self.deadlines.store, self.outcomes.drop_letter(&letter)).await? {
                return Ok(Response::new(dead_letter(letter.record)));
            }
        }
        Err(Status::unavailable(format!("dead letter {} kept changing while it was dropped", id.id)))
    }
}

impl Server {
    async fn letter(&self, DeadLetterId { id }: &DeadLetterId) -> Result<Letter, Status> {
        let id: EventId = id.parse().map_err(|error| Status::invalid_argument(format!("id {error}")))?;
        let letter = stored(self.deadlines.store, self.outcomes.letter(id)).await?;
        letter.ok_or_else(|| Status::not_found(format!("there is no dead letter {id}")))
    }

    async fn publish(&self, flow: &FlowName, event: Event) -> Result<(), Status> {
        let deadline = self.deadlines.broker;
        let answer = timeout(deadline, self.publisher.publish(flow, vec![event])).await;
        let error = match answer {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => PublishError::Unconfirmed(format!("no answer within {deadline:?}")),
        };
        Err(match error {
            PublishError::UnknownFlow(_) | PublishError::TooLarge { .. } => {
                Status::failed_precondition(error.to_string())
            }
            PublishError::Full(_) | PublishError::Unavailable(_) | PublishError::Unconfirmed(_) => {
                Status::unavailable(error.to_string())
            }
        })
    }
}
