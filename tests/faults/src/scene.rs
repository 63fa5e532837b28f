use crate::findings::Findings;
use crate::kind::Kind;
use crate::ledger::{Ledger, Mark};
use crate::raw::RawPublisher;
use crate::shop::{Answered, Manner, Shop};
use crate::world::World;
use pawnshop_events::Event;
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;

/// The writer of the single writes that faults make.
const WRITER: u32 = 2_000_000;

/// What a fault has at hand.
pub struct Scene {
    /// Servers and fleet.
    pub world: World,
    /// The shop's API.
    pub shop: Shop,
    /// Where every event is written down.
    pub ledger: Arc<Ledger>,
    /// Where everything else is.
    pub findings: Arc<Findings>,
    /// What is drawn in a fault is drawn from here.
    pub dice: StdRng,
    /// Notes that a fault cannot be had on this machine: its name, and why.
    pub skips: Vec<(&'static str, &'static str)>,
    /// Poison so far.
    pub poison: u64,
}

impl Scene {
    /// A finding unless it holds.
    pub fn demand(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.findings.add(what());
        }
    }

    /// Notes a fault that cannot be had here.
    pub fn skip(&mut self, fault: &'static str, why: &'static str) {
        if !self.skips.contains(&(fault, why)) {
            self.skips.push((fault, why));
        }
    }

    /// One of the workers.
    pub fn some_worker(&mut self) -> usize {
        self.dice.random_range(0..self.world.workers.len())
    }

    /// Sends one write, without a key.
    pub async fn write_once(&self) -> Answered {
        let mark = self.ledger.attempt(WRITER, Kind::Buy);
        let answered = self.shop.send(Kind::Buy, mark, Manner::default()).await;
        match answered {
            Answered::Accepted(id) | Answered::Applied(id) => self.ledger.acknowledge(mark, id),
            Answered::Refused => self.ledger.refuse(mark),
            Answered::Unknown => {}
        }
        answered
    }

    /// Bytes that are found again in a dead letter.
    pub fn token(&mut self) -> Vec<u8> {
        self.poison += 1;
        format!("{}-poison-{}-", self.shop.run(), self.poison).into_bytes()
    }

    /// A good event that is not sent over HTTP; it is to be acknowledged by whoever publishes it.
    pub fn good(&self, raw: &RawPublisher) -> (Mark, Event) {
        let mark = self.ledger.attempt(WRITER, Kind::Buy);
        let event = raw.buy(&self.shop.item_id(mark.writer, 0), i64::from(mark.number));
        (mark, event)
    }
}
