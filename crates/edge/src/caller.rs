pub(crate) mod prefer;

use crate::problem::{Fault, Place, Problem, kinds};
use http::{HeaderMap, Method};
use pawnshop_domain::{EventId, ShopName};
use std::time::Duration;

/// The header that makes a retried request the same event.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Who asks for an event, as far as that matters: which event it is, what trace it belongs to, and how long
/// the client would wait for the outcome.
#[derive(Clone, Debug)]
pub struct Caller {
    event_id: EventId,
    keyed: bool,
    pub(crate) traceparent: Option<String>,
    pub(crate) wait: Option<Duration>,
}

impl Caller {
    /// Reads the headers `Idempotency-Key`, `traceparent` (W3C Trace Context) and `Prefer: wait` (RFC 7240).
    /// `route` is the endpoint's path template: with shop, method and key it makes the event's id (decision D4).
    ///
    /// # Errors
    /// 400 when the key is not 1 to 255 visible ASCII characters, or is given twice. A trace or preference
    /// that cannot be read is ignored, as their specifications ask.
    pub fn new(
        shop: &ShopName,
        method: &Method,
        route: &'static str,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let key = idempotency_key(headers)?;
        let event_id = match key {
            Some(key) => EventId::derived(&[&shop.to_string(), method.as_str(), route, key]),
            None => EventId::fresh(),
        };
        Ok(Self {
            event_id,
            keyed: key.is_some(),
            traceparent: traceparent(headers),
            wait: prefer::wait(headers),
        })
    }

    /// The event that this request stands for: the same for a retry with the same key.
    pub fn event_id(&self) -> EventId {
        self.event_id
    }

    /// An id for something that the event creates (`"item"`): the same for a retry with the same key.
    pub fn generated_id(&self, what: &str) -> EventId {
        if self.keyed { EventId::derived(&[&self.event_id.to_string(), what]) } else { EventId::fresh() }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(invalid_key("must not be given more than once"));
    }
    match first.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(key))
        }
        _ => Err(invalid_key("must be 1 to 255 visible ASCII characters")),
    }
}

fn invalid_key(detail: &'static str) -> Problem {
    let fault = Fault { place: Place::Header(IDEMPOTENCY_KEY), code: "value", detail: detail.to_owned() };
    Problem::new(kinds::INVALID_HEADER, format!("{IDEMPOTENCY_KEY} {detail}")).with_errors(vec![fault])
}

/// The one `traceparent` header, when it is well-formed (W3C Trace Context, section 3.2).
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let mut given = headers.get_all("traceparent").iter();
    let text = given.next()?.to_str().ok()?;
    if given.next().is_some() {
        return None;
    }
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && hex(trace, 32)
        && hex(parent, 16)
        && hex(flags, 2)
        && trace.bytes().any(|byte| byte != b'0')
        && parent.bytes().any(|byte| byte != b'0');
    // A later version may append to the header; a bound keeps it from growing the event.
    (well_formed && text.len() <= 256).then(|| text.to_owned())
}

fn hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
