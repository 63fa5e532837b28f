use super::*;

const HOST: &str = "metrics.system.svc";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn times() -> CertificateTimes {
    CertificateTimes { lifetime: 90 * DAY, renewal: 30 * DAY, settle: Duration::from_secs(600) }
}

fn start() -> SystemTime {
    UNIX_EPOCH + 20_000 * DAY
}

fn planned(stock: &Stock, is_announced: bool, now: SystemTime) -> Option<Stock> {
    plan(stock, HOST, &times(), is_announced, now).unwrap()
}

/// Whether a client that trusts this bundle believes a server with that certificate.
fn believed(bundle: &str, served: &Issued, now: SystemTime) -> bool {
    Issued { authority: bundle.to_owned(), ..served.clone() }.serves(HOST, now)
}

#[test]
fn a_certificate_is_made_where_there_is_none_that_serves_and_kept_as_long_as_it_does() {
    let stock = planned(&Stock::default(), false, start()).unwrap();
    let current = stock.current.clone().unwrap();
    assert!(believed(&stock.bundle(), &current, start()));
    assert!(!current.serves("other.system.svc", start()));
    assert_eq!(planned(&stock, false, start() + 59 * DAY), None);

    let elsewhere = plan(&stock, "other.system.svc", &times(), false, start()).unwrap().unwrap();
    assert!(
        elsewhere.current.unwrap().serves("other.system.svc", start()),
        "another name is another certificate"
    );
    let late = planned(&stock, false, start() + 91 * DAY).unwrap();
    assert_ne!(late.current, stock.current, "one that has expired is replaced at once");
    let torn = Stock { current: Some(Issued { key: "torn".to_owned(), ..current }), ..Stock::default() };
    assert!(planned(&torn, false, start()).unwrap().current.unwrap().serves(HOST, start()));
}

#[test]
fn at_every_step_of_a_renewal_what_is_served_is_believed_by_whoever_knows_the_step_before_or_after() {
    let now = start() + 61 * DAY;
    let first = planned(&Stock::default(), false, start()).unwrap();
    let announced = planned(&first, false, now).unwrap();
    assert_eq!(announced.current, first.current, "the next is not served before it is announced");
    assert_eq!(planned(&announced, false, now), None);
    let renewed = planned(&announced, true, now).unwrap();
    assert_eq!((&renewed.current, &renewed.next), (&announced.next, &None));
    assert_eq!(planned(&renewed, true, now), None);

    let steps = [first, announced, renewed.clone()];
    for pair in steps.windows(2) {
        for told in pair {
            for heard in pair {
                let served = heard.current.as_ref().unwrap();
                // A replica hears of a step at any time; API servers heard of the announcement long before it is served.
                let is_possible = !(told == &steps[0] && heard == &steps[2]);
                assert_eq!(believed(&told.bundle(), served, now), is_possible);
            }
        }
    }
    let forgotten = planned(&renewed, false, start() + 90 * DAY).unwrap();
    assert!(forgotten.previous.is_empty(), "an authority that has expired is dropped");
    assert_eq!(forgotten.current, renewed.current);
}

#[test]
fn a_next_one_that_waited_for_too_long_is_made_anew() {
    let now = start() + 61 * DAY;
    let first = planned(&Stock::default(), false, start()).unwrap();
    let announced = planned(&first, false, now).unwrap();
    let late = now + 89 * DAY;
    let renewed = planned(&announced, true, late).unwrap();
    assert!(renewed.current.unwrap().serves(HOST, late));
    assert_eq!(renewed.next, None);
}

#[test]
fn what_a_secret_holds_is_read_as_it_was_written() {
    let first = planned(&Stock::default(), false, start()).unwrap();
    let announced = planned(&first, false, start() + 61 * DAY).unwrap();
    let renewed = planned(&announced, true, start() + 61 * DAY).unwrap();
    for stock in [Stock::default(), first, announced, renewed] {
        let secret = Secret { data: Some(stock.data()), ..Secret::default() };
        assert_eq!(Stock::of(&secret), stock);
    }
    let halved = Secret {
        data: Some(BTreeMap::from([(CERTIFICATE.to_owned(), ByteString(b"x".to_vec()))])),
        ..Secret::default()
    };
    assert_eq!(Stock::of(&halved), Stock::default());
}

#[test]
fn a_key_is_not_told() {
    let stock = planned(&Stock::default(), false, start()).unwrap();
    let told = format!("{stock:?}");
    assert!(told.contains("CERTIFICATE") && !told.contains("PRIVATE"), "{told}");
}
