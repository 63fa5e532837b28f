use super::convert::event_outcome;
use super::stored;
use crate::Deadlines;
use pawnshop_events::ContentHash;
use pawnshop_flow::Flow;
use pawnshop_flow::outcomes::Outcomes;
use pawnshop_rpc::MESSAGE_LIMIT;
use pawnshop_rpc::v1::outcomes_server::{Outcomes as Contract, OutcomesServer};
use pawnshop_rpc::v1::{EventOutcome, GetOutcomeRequest};
use tonic::{Request, Response, Status};

/// Answers what became of events of these flows.
pub(crate) fn outcomes(
    outcomes: Outcomes,
    flows: Vec<Flow>,
    deadlines: Deadlines,
) -> OutcomesServer<impl Contract> {
    OutcomesServer::new(Server { outcomes, flows, deadlines })
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

struct Server {
    outcomes: Outcomes,
    flows: Vec<Flow>,
    deadlines: Deadlines,
}

#[tonic::async_trait]
impl Contract for Server {
    async fn get_outcome(
        &self,
        request: Request<GetOutcomeRequest>,
    ) -> Result<Response<EventOutcome>, Status> {
        let GetOutcomeRequest { event_id, flow, content_hash } = request.into_inner();
        let id = event_id.parse().map_err(|error| Status::invalid_argument(format!("event_id {error}")))?;
        let flows = self.flows_named(&flow)?;
        let content = (!content_hash.is_empty()).then(|| ContentHash::from_text(content_hash));
        let look_up = self.outcomes.look_up(flows, id, content.as_ref());
        let record = stored(self.deadlines.store, look_up).await?;
        let record = record.ok_or_else(|| Status::not_found(format!("nothing is known of event {id}")))?;
        Ok(Response::new(event_outcome(record)))
    }
}

impl Server {
    /// The flow of this name; all of them for an empty one.
    fn flows_named(&self, name: &str) -> Result<&[Flow], Status> {
        if name.is_empty() {
            return Ok(&self.flows);
        }
        let position = self.flows.iter().position(|flow| flow.name.as_str() == name);
        let position =
            position.ok_or_else(|| Status::invalid_argument(format!("there is no flow {name:?}")))?;
        Ok(std::slice::from_ref(&self.flows[position]))
    }
}
