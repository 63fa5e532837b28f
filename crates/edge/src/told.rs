use pawnshop_domain::EventId;
use std::borrow::Cow;

/// What an answer is about, beside its status: an extension of responses, for the request's line in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The event that the request stands for.
    pub event_id: Option<EventId>,
    /// A problem's stable code.
    pub code: Option<Cow<'static, str>>,
}
