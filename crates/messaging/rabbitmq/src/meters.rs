//! What each metric of the broker means.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

pub(crate) const PUBLISHES: &str = "pawnshop_broker_publishes_total";
pub(crate) const CONFIRM_SECONDS: &str = "pawnshop_broker_confirm_seconds";
pub(crate) const EVENTS_PER_MESSAGE: &str = "pawnshop_broker_events_per_message";
pub(crate) const EVENT_BYTES: &str = "pawnshop_flow_event_bytes_mean";
pub(crate) const CONNECTION_UP: &str = "pawnshop_broker_connection_up";
pub(crate) const CONNECTION_BLOCKED: &str = "pawnshop_broker_connection_blocked";
pub(crate) const RECONNECTS: &str = "pawnshop_broker_reconnects_total";
pub(crate) const OVERSIZED: &str = "pawnshop_broker_oversized_total";
pub(crate) const DELIVERIES_REFUSED: &str = "pawnshop_broker_deliveries_refused_total";

/// Says so, to the recorder that is installed by now.
pub(crate) fn describe() {
    describe_counter!(PUBLISHES, Unit::Count, "Messages published, by what the broker said");
    describe_histogram!(CONFIRM_SECONDS, Unit::Seconds, "From a message's publishing to its confirm");
    describe_histogram!(EVENTS_PER_MESSAGE, Unit::Count, "Events that shared a message");
    describe_gauge!(EVENT_BYTES, Unit::Bytes, "The mean size of a flow's events of late");
    describe_gauge!(CONNECTION_UP, Unit::Count, "1 while the connection is open");
    describe_gauge!(
        CONNECTION_BLOCKED,
        Unit::Count,
        "1 while the broker reads nothing from it, for an alarm"
    );
    describe_counter!(RECONNECTS, Unit::Count, "Connections that were lost and are made anew");
    describe_counter!(
        OVERSIZED,
        Unit::Count,
        "Events that no document can hold, put beside their flow's queue"
    );
    describe_counter!(DELIVERIES_REFUSED, Unit::Count, "Deliveries given back since too many bytes are held");
}
