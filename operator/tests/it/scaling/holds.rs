use super::shop::{LONG, QUICK, Shop};
use crate::support::World;
use pawnshop_messaging::contract::flow;
use pawnshop_servers::{Mood, Rabbit};
use std::time::Duration;

/// What the management API may take to answer, and what is too long: it is given up after 5 s.
const LATE: Duration = Duration::from_secs(2);
const TOO_LATE: Duration = Duration::from_secs(8);

/// Each adversity to a shop of its own, at once: with five workers and everything still to be done, whatever is not
/// known takes none away, is told, and is over when it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_known_takes_no_worker_away() {
    const TEST: &str = "scaling::holds::what_is_not_known_takes_no_worker_away";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::new(TEST).await else { return };
    let rabbit = Rabbit::shared().await.unwrap();
    let shop = async |name: &str| {
        let shop = Shop::new(&world, rabbit, name).await;
        shop.publish(&flow("item"), 200).await;
        shop
    };
    let (silent, broken, closed) = (shop("silent").await, shop("broken").await, shop("closed").await);
    let (refused, deleted, again) = (shop("refused").await, shop("deleted").await, shop("again").await);
    let (held, restarted) = (shop("held").await, shop("restarted").await);
    let (late, too_late) = (shop("late").await, shop("too-late").await);
    let mut operator = world.operator_that("one", &QUICK).await;
    for shop in [&silent, &broken, &closed, &refused, &deleted, &again, &held, &restarted, &late, &too_late] {
        shop.becomes("items", 5).await;
    }
    let mooded = async |shop: &Shop<'_>, mood: Mood| {
        shop.door.is(mood);
        shop.purge("item").await;
        shop.stays("items", 5, Duration::from_secs(40)).await;
        world.told(&shop.name, "ScalingActive", "BacklogUnknown").await;
        shop.door.is(Mood::Open);
        shop.becomes("items", 1).await;
        world.told(&shop.name, "ScalingActive", "Following").await;
    };
    tokio::join!(
        mooded(&silent, Mood::Hanging),
        mooded(&broken, Mood::Failing),
        mooded(&closed, Mood::Shut),
        mooded(&too_late, Mood::Slow(TOO_LATE)),
        async {
            // What comes late is known all the same.
            late.door.is(Mood::Slow(LATE));
            late.purge("item").await;
            late.becomes("items", 1).await;
            late.publish(&flow("item"), 200).await;
            late.becomes("items", 5).await;
            world.told("late", "ScalingActive", "Following").await;
        },
        async {
            let wrong = format!("http://nobody:nothing@{}", refused.door.address());
            refused.says_where_the_broker_is(&wrong).await;
            refused.stays("items", 5, LONG).await;
            world.told("refused", "BrokerReachable", "BrokerRefusesUser").await;
        },
        async {
            deleted.delete_queue("item").await;
            deleted.stays("items", 5, Duration::from_secs(40)).await;
            world.told("deleted", "ScalingActive", "BacklogUnknown").await;
        },
        async {
            // Its statistics read 0 until they tick.
            again.delete_queue("item").await;
            again.declare().await;
            again.publish(&flow("item"), 200).await;
            again.stays("items", 5, LONG).await;
        },
        async {
            // Everything is in somebody's hands, and nothing is ready.
            let consumer = held.consumer("item").await;
            let mut taken = 0;
            let mut hands = Vec::new();
            while taken < 200 {
                let received = consumer.receive(200).await.unwrap();
                taken += received.len();
                hands.push(received);
            }
            held.stays("items", 5, LONG).await;
        },
    );
    operator.0.kill().await.unwrap();
    world.end_lease().await;
    let _next = world.operator_that("two", &QUICK).await;
    restarted.stays("items", 5, LONG).await;
}
