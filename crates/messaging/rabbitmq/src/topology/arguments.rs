use lapin::types::{AMQPValue, FieldTable, ShortString};
use std::time::Duration;

/// Returns after which the broker gives up a message of a flow: a backstop only, for the worker settles each event
/// itself (decision D1). Stated because 4.x has a default of 20.
const DELIVERY_LIMIT: i64 = 1_000;

/// A queue whose messages the broker must never give up: there is nowhere for them to go. 3.10 knows no "unlimited".
const NEVER: i64 = i32::MAX as i64;

/// A flow's queue: what the broker gives up goes to `dead`, and is gone from here only when it is there.
pub(super) fn dead_lettering(dead: &str) -> FieldTable {
    let mut arguments = quorum(DELIVERY_LIMIT);
    // The default exchange: the routing key names the queue.
    set(&mut arguments, "x-dead-letter-exchange", text(""));
    set(&mut arguments, "x-dead-letter-routing-key", text(dead));
    without_loss(&mut arguments);
    arguments
}

/// A delay tier: what has waited for `delay` goes to the shop's exchange, where its routing key still names its flow.
pub(super) fn tier(delay: Duration, exchange: &str) -> FieldTable {
    let mut arguments = quorum(NEVER);
    let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    set(&mut arguments, "x-message-ttl", AMQPValue::LongLongInt(millis));
    set(&mut arguments, "x-dead-letter-exchange", text(exchange));
    without_loss(&mut arguments);
    arguments
}

/// A queue for what people or workers look at later.
pub(super) fn kept() -> FieldTable {
    quorum(NEVER)
}

fn quorum(delivery_limit: i64) -> FieldTable {
    let mut arguments = FieldTable::default();
    set(&mut arguments, "x-queue-type", text("quorum"));
    set(&mut arguments, "x-delivery-limit", AMQPValue::LongLongInt(delivery_limit));
    arguments
}

/// At-least-once dead-lettering, which demands that a full queue refuses instead of dropping its head.
fn without_loss(arguments: &mut FieldTable) {
    set(arguments, "x-dead-letter-strategy", text("at-least-once"));
    set(arguments, "x-overflow", text("reject-publish"));
}

fn set(arguments: &mut FieldTable, name: &'static str, value: AMQPValue) {
    arguments.insert(ShortString::from(name), value);
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
