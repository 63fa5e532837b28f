//! What each metric of the broker means.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Says so, to the recorder that is installed by now.
pub(crate) fn describe() {
    describe_counter!(
        "pawnshop_broker_publishes_total",
        Unit::Count,
        "Messages published, by what the broker said"
    );
    describe_histogram!(
        "pawnshop_broker_confirm_seconds",
        Unit::Seconds,
        "From a message's publishing to its confirm"
    );
    describe_histogram!("pawnshop_broker_events_per_message", Unit::Count, "Events that shared a message");
    describe_gauge!(
        "pawnshop_flow_event_bytes_mean",
        Unit::Bytes,
        "The mean size of a flow's events of late"
    );
    describe_gauge!("pawnshop_broker_connection_up", Unit::Count, "1 while the connection is open");
    describe_gauge!(
        "pawnshop_broker_connection_blocked",
        Unit::Count,
        "1 while the broker reads nothing from it, for an alarm"
    );
    describe_counter!(
        "pawnshop_broker_reconnects_total",
        Unit::Count,
        "Connections that were lost and are made anew"
    );
    describe_counter!(
        "pawnshop_broker_oversized_total",
        Unit::Count,
        "Events that no document can hold, put beside their flow's queue"
    );
    describe_counter!(
        "pawnshop_broker_deliveries_refused_total",
        Unit::Count,
        "Deliveries given back since too many bytes are held"
    );
}
