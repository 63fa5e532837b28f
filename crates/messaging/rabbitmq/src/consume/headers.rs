//! What the broker tells of a delivery in its headers. They are hints: missing or absurd ones change nothing but
//! when a message is taken apart, for the body is the truth.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

/// The longest reason that is kept: anybody may have written it.
const MAX_REASON: usize = 100;

/// How often the broker has delivered the message before (`x-delivery-count`, quorum queues; which deliveries
/// count depends on its version).
pub(crate) fn delivery_count(properties: &BasicProperties) -> u64 {
    let count = header(properties, "x-delivery-count").and_then(integer);
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

/// Why the broker dead-lettered the message (`x-death`, its latest entry, or `x-first-death-reason`).
pub(crate) fn death_reason(properties: &BasicProperties) -> String {
    let latest = match header(properties, "x-death") {
        Some(AMQPValue::FieldArray(deaths)) => deaths.as_slice().first(),
        _ => None,
    };
    let reason = match latest {
        Some(AMQPValue::FieldTable(death)) => text(death, "reason"),
        _ => None,
    };
    let first = || properties.headers().as_ref().and_then(|headers| text(headers, "x-first-death-reason"));
    match reason.or_else(first) {
        Some(reason) => format!("the broker gave it up: {reason}"),
        None => "the broker gave it up, without a reason".to_owned(),
    }
}

fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a AMQPValue> {
    properties.headers().as_ref()?.inner().get(name)
}

fn text(table: &FieldTable, name: &str) -> Option<String> {
    let text = match table.inner().get(name)? {
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        AMQPValue::ShortString(text) => text.as_str().to_owned(),
        _ => return None,
    };
    Some(text.chars().take(MAX_REASON).collect())
}

fn integer(value: &AMQPValue) -> Option<i64> {
    match *value {
        AMQPValue::ShortShortInt(value) => Some(value.into()),
        AMQPValue::ShortShortUInt(value) => Some(value.into()),
        AMQPValue::ShortInt(value) => Some(value.into()),
        AMQPValue::ShortUInt(value) => Some(value.into()),
        AMQPValue::LongInt(value) => Some(value.into()),
        AMQPValue::LongUInt(value) => Some(value.into()),
        AMQPValue::LongLongInt(value) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(name: &str, value: AMQPValue) -> BasicProperties {
        let mut headers = FieldTable::default();
        headers.insert(name.into(), value);
        BasicProperties::default().with_headers(headers)
    }

    #[test]
    fn a_delivery_count_is_a_number_of_any_width_and_else_nothing() {
        let count = |value| delivery_count(&properties("x-delivery-count", value));
        assert_eq!(count(AMQPValue::LongLongInt(3)), 3);
        assert_eq!(count(AMQPValue::ShortShortUInt(20)), 20);
        assert_eq!(count(AMQPValue::LongLongInt(-1)), 0);
        assert_eq!(count(AMQPValue::LongString("many".into())), 0);
        assert_eq!(delivery_count(&BasicProperties::default()), 0);
    }

    #[test]
    fn the_latest_death_is_told_and_anything_else_is_no_reason() {
        let mut death = FieldTable::default();
        death.insert("reason".into(), AMQPValue::LongString("delivery_limit".into()));
        let deaths = AMQPValue::FieldArray(vec![AMQPValue::FieldTable(death)].into());
        assert_eq!(death_reason(&properties("x-death", deaths)), "the broker gave it up: delivery_limit");
        let first = AMQPValue::LongString("rejected".into());
        let first = properties("x-first-death-reason", first);
        assert_eq!(death_reason(&first), "the broker gave it up: rejected");
        for absurd in [AMQPValue::Boolean(true), AMQPValue::FieldArray(Vec::new().into())] {
            let reason = death_reason(&properties("x-death", absurd));
            assert_eq!(reason, "the broker gave it up, without a reason");
        }
        let endless = AMQPValue::LongString("x".repeat(100_000).into());
        assert!(death_reason(&properties("x-first-death-reason", endless)).len() < 200);
    }
}
