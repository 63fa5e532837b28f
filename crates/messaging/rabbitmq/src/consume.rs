use crate::link::Link;
use crate::send::Sender;
use crate::shared::Shared;
use pawnshop_domain::FlowName;
use pawnshop_messaging::{BrokerError, Consumer};
use std::sync::Arc;

/// A new consumer of these flows, on the consuming connection; what it publishes (retries, returned events) goes
/// through `sender`.
pub(crate) async fn consume(
    shared: &Arc<Shared>,
    link: &Arc<Link>,
    sender: &Sender,
    flows: &[FlowName],
) -> Result<Box<dyn Consumer>, BrokerError> {
    let _ = (shared, link, sender, flows);
    Err(BrokerError::Unavailable("not connected".to_owned()))
}
