use mongodb::Collection;
use mongodb::bson::{Document, doc};
use pawnshop_servers::testing::eventually;
use pawnshop_servers::{Mongo, skip};
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn a_store_keeps_its_documents_over_kill_and_restart_and_stands_still_when_paused() {
    if let Err(why) = Mongo::installed() {
        return skip("a_store_keeps_its_documents_over_kill_and_restart", &why);
    }
    let mut mongo = Mongo::start().await.expect("a store");
    documents(&mongo).await.insert_one(doc! {"_id": 1}).await.expect("inserted");

    mongo.kill().await.expect("killed");
    assert!(mongo.check().is_err(), "a dead store is known to be dead");
    mongo.restart().await.expect("restarted");
    let collection = documents(&mongo).await;
    assert_eq!(collection.find_one(doc! {"_id": 1}).await.expect("read"), Some(doc! {"_id": 1}));

    mongo.pause().expect("paused");
    // The signal reaches its threads one after another.
    eventually("there is no answer", async || {
        timeout(Duration::from_millis(500), collection.find_one(doc! {})).await.is_err()
    })
    .await;
    mongo.resume().expect("resumed");
    assert!(timeout(Duration::from_secs(10), collection.find_one(doc! {})).await.expect("an answer").is_ok());
    mongo.stop().await.expect("an end in good order");
}

#[tokio::test]
async fn commands_fail_for_as_long_as_they_are_told_to() {
    if let Err(why) = Mongo::installed() {
        return skip("commands_fail_for_as_long_as_they_are_told_to", &why);
    }
    let mongo = Mongo::start().await.expect("a store");
    let collection = documents(&mongo).await;
    mongo.fail_commands("alwaysOn", doc! {"failCommands": ["insert"], "errorCode": 2}).await.expect("on");
    assert!(collection.insert_one(doc! {"_id": 1}).await.is_err());
    mongo.heal_commands().await.expect("off");
    collection.insert_one(doc! {"_id": 1}).await.expect("inserted");
}

async fn documents(mongo: &Mongo) -> Collection<Document> {
    mongo.client().await.expect("a client").database("servers").collection("documents")
}
