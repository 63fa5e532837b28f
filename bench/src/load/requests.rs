use super::Work;
use crate::options::Writes;
use std::net::SocketAddr;

/// Clients that act in the writes.
const CLIENTS: u64 = 10_000;
/// Decimal digits of every number in a request: templates keep their length.
const DIGITS: usize = 10;
const CATEGORIES: [&str; 7] =
    ["Reading", "Collection", "Decoration", "Clothing", "Jewelry", "Motor", "Electronics"];

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// The liveness probe: what the server costs without any work.
    Health,
    /// One of so many items by its id, with its history, in a random order.
    Item(u64),
    /// The first page of each category in turn.
    Category,
}

/// Makes a connection's requests: templates of fixed length, in which only digits change.
#[derive(Debug)]
pub(crate) struct Requests {
    templates: Vec<Template>,
    /// How many of the templates belong to one thing.
    each: u64,
    /// Numbers to choose from instead of counting on.
    choose: Option<u64>,
    expected: u16,
}

impl Requests {
    pub(crate) fn new(work: Work, address: SocketAddr) -> Self {
        let get = |path: &str| Template::new(address, "GET", path, "");
        let post = |path: &str, body: &str| Template::new(address, "POST", path, body);
        let (templates, choose) = match work {
            Work::Write(Writes::Buys, _) => (vec![post("/item/action/buy", BUY)], None),
            Work::Write(Writes::Mix, _) => {
                let of_category = |category: &str| {
                    let item = ITEM.replace("CATEGORY", category);
                    [
                        post("/item/add", &item),
                        post("/item/action/buy", BUY),
                        post("/item/action/sell", SELL),
                        post("/item/action/pawn", PAWN),
                    ]
                };
                (CATEGORIES.iter().flat_map(|category| of_category(category)).collect(), None)
            }
            Work::Read(Reads::Health) => (vec![get("/healthz")], None),
            Work::Read(Reads::Item(items)) => (vec![get("/item/fetch/item-IIIIIIIIII")], Some(items)),
            Work::Read(Reads::Category) => (
                CATEGORIES.iter().map(|category| get(&format!("/item/fetch?category={category}"))).collect(),
                None,
            ),
        };
        let (each, expected) = match work {
            Work::Write(Writes::Mix, _) => (4, 202),
            Work::Write(Writes::Buys, _) => (1, 202),
            Work::Read(_) => (1, 200),
        };
        Self { templates, each, choose, expected }
    }

    /// The request of this number and the status that its answer must have.
    pub(crate) fn number(&mut self, number: u64) -> (&[u8], u16) {
        let kind = number % self.templates.len() as u64;
        let item = match self.choose {
            Some(items) => scramble(number) % items.max(1),
            None => number / self.each,
        };
        // In bounds: the remainder of a division by the length.
        let template = &mut self.templates[kind as usize];
        template.set(item, number % CLIENTS);
        (&template.bytes, self.expected)
    }
}

const ITEM: &str = r#"{"id":"item-IIIIIIIIII","name":"Pocket watch no. IIIIIIIIII, silver case, open face, glass replaced, with its chain and the box it was sold in","category":"CATEGORY","price":129900,"state":"Good","ageInMonths":312}"#;
/// A buy action; its `I` and `C` stand for digits, and are as good as those.
pub(crate) const BUY: &str = r#"{"clientId":"client-CCCCCCCCCC","itemId":"item-IIIIIIIIII","price":129900,"date":"2026-03-14T09:26:53Z"}"#;
const SELL: &str = r#"{"clientId":"client-CCCCCCCCCC","itemId":"item-IIIIIIIIII","price":159900,"date":"2026-05-14T09:26:53Z","profit":30000}"#;
const PAWN: &str = r#"{"clientId":"client-CCCCCCCCCC","itemId":"item-IIIIIIIIII","price":80000,"tax":7,"date":"2026-04-14T09:26:53Z","limitDays":30}"#;

#[derive(Debug)]
struct Template {
    bytes: Vec<u8>,
    items: Vec<usize>,
    clients: Vec<usize>,
}

impl Template {
    fn new(address: SocketAddr, method: &str, path: &str, body: &str) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n");
        if !body.is_empty() {
            text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let places = |mark: &str| text.match_indices(&mark.repeat(DIGITS)).map(|(place, _)| place).collect();
        Self { items: places("I"), clients: places("C"), bytes: text.into_bytes() }
    }

    fn set(&mut self, item: u64, client: u64) {
        for (places, number) in [(&self.items, item), (&self.clients, client)] {
            for &place in places {
                write_digits(&mut self.bytes[place..place + DIGITS], number);
            }
        }
    }
}

/// The id of one of so many items that [`Reads::Item`] fetches at this number.
pub(crate) fn item_id(number: u64, items: u64) -> String {
    format!("item-{:0DIGITS$}", scramble(number) % items.max(1))
}

fn write_digits(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Spreads consecutive numbers over all others (the finaliser of SplitMix64).
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(requests: &mut Requests, number: u64) -> String {
        String::from_utf8(requests.number(number).0.to_vec()).unwrap()
    }

    fn local() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 80))
    }

    #[test]
    fn a_mix_adds_each_item_and_then_acts_on_it() {
        let mut requests = Requests::new(Work::Write(Writes::Mix, 0), local());
        let [add, buy, sell, pawn, next] = [40, 41, 42, 43, 44].map(|number| text(&mut requests, number));
        assert!(add.starts_with("POST /item/add ") && add.contains(r#""id":"item-0000000010""#), "{add}");
        assert!(buy.starts_with("POST /item/action/buy ") && buy.contains("item-0000000010"), "{buy}");
        assert!(sell.contains("client-0000000042") && sell.contains("item-0000000010"), "{sell}");
        assert!(pawn.contains("item-0000000010") && next.contains("item-0000000011"), "{pawn}{next}");
    }

    #[test]
    fn a_body_is_json_of_the_announced_length() {
        let mut requests = Requests::new(Work::Write(Writes::Mix, 0), local());
        for number in 0..28 {
            let request = text(&mut requests, number);
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
            serde_json::from_str::<serde_json::Value>(body).unwrap();
        }
    }

    #[test]
    fn items_are_fetched_from_those_that_are_there() {
        let mut requests = Requests::new(Work::Read(Reads::Item(3)), local());
        for number in 0..50 {
            let request = text(&mut requests, number);
            let item = request.split("item-").nth(1).unwrap()[..DIGITS].parse::<u64>().unwrap();
            assert!(item < 3, "{request}");
        }
    }
}
