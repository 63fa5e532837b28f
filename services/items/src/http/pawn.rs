use super::action::Common;
use super::schemas;
use crate::flows::pawn_actions;
use crate::proto::v1::PawnAction;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use pawnshop_edge::responses::{WriteHeaders, WriteProblems, WriteSuccess};
use pawnshop_edge::{Caller, Edge, Fields, Problem, integer};
use pawnshop_events::{ContentHash, Event};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const ROUTE: &str = "/item/action/pawn";

pub(super) struct Pawn {
    common: Common,
    tax: u32,
    limit_days: u32,
}

/// The shop lends a client money on an item. The item may come later: the history is complete in the end, whatever
/// the order.
#[utoipa::path(
    post,
    path = "/item/action/pawn",
    tag = "actions",
    params(WriteHeaders),
    request_body = Pawn,
    responses(WriteSuccess, WriteProblems),
)]
pub(super) async fn pawn(Shared(edge): Shared<Edge>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = Caller::new(edge.shop(), &parts.method, ROUTE, &parts.headers)?;
    let pawn = Pawn::take(edge.read_fields(&parts.headers, body).await?)?;
    let payload = PawnAction {
        client_id: pawn.common.client_id.to_string(),
        item_id: pawn.common.item_id.to_string(),
        price: pawn.common.price.minor_units(),
        date_us: pawn.common.date_us(),
        tax: pawn.tax,
        limit_days: pawn.limit_days,
    };
    let item_id = pawn.common.item_id.as_str();
    let event = Event::new(caller.event_id(), edge.shop(), item_id, pawn.content_hash(), &payload);
    edge.accept(caller, pawn_actions::NAME.as_str(), event).await
}

impl Pawn {
    fn take(mut fields: Fields) -> Result<Self, Problem> {
        let common = Common::take(&mut fields);
        let tax = fields.required("tax", integer(0..=i64::from(u32::MAX)));
        let tax = tax.and_then(|tax| u32::try_from(tax).ok());
        let limit_days = fields.required("limitDays", integer(1..=i64::from(u32::MAX)));
        let limit_days = limit_days.and_then(|limit_days| u32::try_from(limit_days).ok());
        let (Some(common), Some(tax), Some(limit_days)) = (common, tax, limit_days) else {
            return Err(fields.into_problem());
        };
        fields.finish()?;
        Ok(Self { common, tax, limit_days })
    }

    fn content_hash(&self) -> ContentHash {
        self.common
            .hasher::<PawnAction>()
            .number("tax", i64::from(self.tax))
            .number("limitDays", i64::from(self.limit_days))
            .finish()
    }
}

impl ToSchema for Pawn {}

impl PartialSchema for Pawn {
    fn schema() -> RefOr<Schema> {
        schemas::action([("tax", schemas::tax()), ("limitDays", schemas::limit_days())])
    }
}
