//! Poison among good events, published past the dispatcher: a queue is a port like any other. Each must become a
//! dead letter, its good neighbours must be applied, and nobody may fall over.

use super::Fault;
use crate::kind::Kind;
use crate::ledger::Poison;
use crate::raw::{Headers, RawPublisher};
use crate::scene::Scene;
use anyhow::Result;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use pawnshop_events::Event;
use std::time::Duration;

pub(super) const FAULTS: &[Fault] = &[Fault::new("poison among good events", poison)];

/// Not the start of any protobuf message: a tag that never ends.
const NO_MESSAGE: [u8; 11] = [0xff; 11];
/// Larger than a dead letter in the store may be.
const OVERSIZED: usize = 5 << 20;
/// Large, and still kept in the store.
const LARGE: usize = 2 << 20;

fn poison(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let raw = RawPublisher::connect(&scene.world).await?;
        for flow in Kind::ALL {
            garbage(scene, &raw, flow).await?;
        }
        wrong_for_the_flow(scene, &raw).await?;
        bad_members(scene, &raw).await?;
        odd_headers(scene, &raw).await?;
        raw.close().await
    }
    .boxed_local()
}

/// Bodies that are no batch of events.
async fn garbage(scene: &mut Scene, raw: &RawPublisher, flow: Kind) -> Result<()> {
    let shapes: [(&'static str, usize); 3] =
        [("garbage", 200), ("large garbage", LARGE), ("oversized garbage", OVERSIZED)];
    for (what, size) in shapes {
        // The large ones once are enough.
        if size > 200 && flow != Kind::Buy {
            continue;
        }
        let token = scene.token();
        let mut body = [&NO_MESSAGE, token.as_slice()].concat();
        body.resize(size, 0xff);
        scene.ledger.expect_letter(Poison { what, token });
        raw.publish(flow, Bytes::from(body), Headers::Usual).await?;
    }
    let token = scene.token();
    let body = [b"{\"json\": \"", token.as_slice(), b"\"}"].concat();
    scene.ledger.expect_letter(Poison { what: "JSON in the place of protobuf", token });
    raw.publish(flow, Bytes::from(body), Headers::Usual).await?;
    // No bytes are no event and nothing to keep: it is only to be taken, and to harm nobody.
    raw.publish(flow, Bytes::new(), Headers::Usual).await
}

/// Events of another flow's type: they fail through all tiers.
async fn wrong_for_the_flow(scene: &mut Scene, raw: &RawPublisher) -> Result<()> {
    for (what, attempt) in
        [("an event of another flow's type", 0), ("the same, at an absurd attempt", i32::MAX)]
    {
        let token = scene.token();
        let mut event = raw.buy(&String::from_utf8_lossy(&token), 1);
        event.attempt = u32::try_from(attempt)?;
        scene.ledger.expect_letter(Poison { what, token });
        raw.publish(Kind::Sell, Event::join_batch([&event.encode()]), Headers::Usual).await?;
    }
    Ok(())
}

/// One message of good events and bad ones.
async fn bad_members(scene: &mut Scene, raw: &RawPublisher) -> Result<()> {
    let token = scene.token();
    let event = raw.buy(&String::from_utf8_lossy(&token), 1);
    // An event of a version that does not exist, in place of "1.0" (CloudEvents, field 3).
    let whole = event.encode();
    let version = whole.windows(5).position(|part| part == b"\x1a\x031.0").unwrap_or_default();
    let mut bad = whole.to_vec();
    bad[version + 2] = b'7';
    scene.ledger.expect_letter(Poison { what: "a bad member of a batch", token });
    let (first, last) = (scene.good(raw), scene.good(raw));
    let body = Event::join_batch([&first.1.encode(), &Bytes::from(bad), &last.1.encode()]);
    raw.publish(Kind::Buy, body, Headers::Usual).await?;
    for (mark, event) in [first, last] {
        scene.ledger.acknowledge(mark, event.id);
    }
    Ok(())
}

/// The body says all: what stands in the headers is for people.
async fn odd_headers(scene: &mut Scene, raw: &RawPublisher) -> Result<()> {
    for headers in [Headers::Missing, Headers::Absurd] {
        let (mark, event) = scene.good(raw);
        raw.publish(Kind::Buy, Event::join_batch([&event.encode()]), headers).await?;
        scene.ledger.acknowledge(mark, event.id);
    }
    Ok(())
}
