use super::shelf::Shelf;
use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;

/// One client's doings, the same for the same seed and the same answers: items enter, then they are bought,
/// sold and pawned.
pub(super) struct Shopping {
    rng: SmallRng,
    read_share: f64,
    shelf: Arc<Shelf>,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Item,
    Buy,
    Sell,
    Pawn,
}

/// A made-up request.
pub(super) enum Next {
    /// A POST of this body.
    Write(Kind, Bytes),
    /// A GET of this item.
    Read(String),
}

impl Kind {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Item => "/item/add",
            Self::Buy => "/item/action/buy",
            Self::Sell => "/item/action/sell",
            Self::Pawn => "/item/action/pawn",
        }
    }

    pub(super) fn flow(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Buy => "buy-actions",
            Self::Sell => "sell-actions",
            Self::Pawn => "pawn-actions",
        }
    }

    /// The history that shows it, in a fetched item.
    pub(super) fn history(self) -> Option<&'static str> {
        match self {
            Self::Item => None,
            Self::Buy => Some("buys"),
            Self::Sell => Some("sells"),
            Self::Pawn => Some("pawns"),
        }
    }
}

impl Shopping {
    pub(super) fn new(seed: u64, client: u16, read_share: f64, shelf: Arc<Shelf>) -> Self {
        let rng = SmallRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(client));
        Self { rng, read_share, shelf }
    }

    pub(super) fn next(&mut self) -> Next {
        let shelf = Arc::clone(&self.shelf);
        let Some(item) = shelf.take_at(|places| self.rng.random_range(0..places)) else { return self.item() };
        if self.read_share > 0.0 && self.rng.random_bool(self.read_share) {
            return Next::Read(item);
        }
        let price = self.rng.random_range(500..250_000_u32);
        let client = self.rng.random_range(1..5_000_u32);
        let common = format!(r#"{{"clientId":"client-{client:04}","itemId":"{item}","price":{price}"#);
        match self.rng.random_range(0..10) {
            0..4 => self.item(),
            4..6 => Next::Write(Kind::Buy, Bytes::from(format!("{common}}}"))),
            6..8 => {
                let profit = i64::from(price) * self.rng.random_range(-10..60) / 100;
                Next::Write(Kind::Sell, Bytes::from(format!(r#"{common},"profit":{profit}}}"#)))
            }
            _ => {
                let tax = self.rng.random_range(3..25);
                let days = [14, 30, 60, 90].choose(&mut self.rng).copied().unwrap_or(30);
                Next::Write(Kind::Pawn, Bytes::from(format!(r#"{common},"tax":{tax},"limitDays":{days}}}"#)))
            }
        }
    }

    fn item(&mut self) -> Next {
        let (category, things) = GOODS[self.rng.random_range(0..GOODS.len())];
        let thing = things.choose(&mut self.rng).copied().unwrap_or("box");
        let make = MAKES.choose(&mut self.rng).copied().unwrap_or("Old");
        let state =
            ["New", "Good", "Good", "Good", "Bad", "Fatal"].choose(&mut self.rng).copied().unwrap_or("Good");
        let model = self.rng.random_range(100..1_000);
        let price = self.rng.random_range(500..250_000);
        let age = self.rng.random_range(0..360);
        Next::Write(
            Kind::Item,
            Bytes::from(format!(
                r#"{{"name":"{make} {thing} {model}","category":"{category}","price":{price},"state":"{state}","ageInMonths":{age}}}"#
            )),
        )
    }
}

const MAKES: [&str; 12] = [
    "Argo", "Belmont", "Corvin", "Delta", "Estrela", "Falk", "Gamma", "Halcyon", "Iris", "Juno", "Kestrel",
    "Lumen",
];

const GOODS: [(&str, [&str; 4]); 7] = [
    ("Reading", ["atlas", "novel", "encyclopedia", "comic"]),
    ("Collection", ["stamp album", "coin set", "model train", "trading cards"]),
    ("Decoration", ["vase", "lamp", "mirror", "rug"]),
    ("Clothing", ["leather jacket", "evening dress", "boots", "fur coat"]),
    ("Jewelry", ["ring", "necklace", "watch", "brooch"]),
    ("Motor", ["motorcycle", "outboard engine", "scooter", "go-kart"]),
    ("Electronics", ["camera", "laptop", "amplifier", "game console"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn doings(seed: u64) -> Vec<String> {
        let shelf = Arc::new(Shelf::default());
        let mut shopping = Shopping::new(seed, 0, 0.2, shelf.clone());
        let mut all = Vec::new();
        for number in 0..500 {
            match shopping.next() {
                Next::Read(item) => all.push(item),
                Next::Write(kind, body) => {
                    let body = String::from_utf8(body.to_vec()).unwrap();
                    serde_json::from_str::<serde_json::Value>(&body).unwrap();
                    all.push(format!("{} {body}", kind.path()));
                    if kind == Kind::Item {
                        shelf.put(format!("item-{number}"));
                    }
                }
            }
        }
        all
    }

    #[test]
    fn the_same_seed_gives_the_same_data() {
        assert_eq!(doings(7), doings(7));
        assert_ne!(doings(7), doings(8));
    }

    #[test]
    fn every_kind_of_request_comes_and_the_first_is_an_item() {
        let all = doings(1);
        assert!(all[0].starts_with("/item/add"));
        for start in ["/item/add", "/item/action/buy", "/item/action/sell", "/item/action/pawn", "item-"] {
            assert!(all.iter().any(|doing| doing.starts_with(start)), "{start}");
        }
    }
}
