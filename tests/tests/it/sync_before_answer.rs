//! G1 against power loss: the answer waits for the disk. A kill keeps the page cache, so a crash test cannot show
//! this; here every sync call is made to fail, and an answer that says "accepted" would be a lie.

use crate::harness::{Shop, skip};
use reqwest::StatusCode;
use serde_json::json;
use tokio::process::Command;

#[tokio::test]
async fn no_write_is_accepted_while_the_disk_cannot_sync() {
    let Some(status) =
        status_with_failing_syncs("full", "no_write_is_accepted_while_the_disk_cannot_sync").await
    else {
        return;
    };
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "accepted although nothing was synced");
}

/// The check above can fail: with `synchronous` off the same shop accepts, because nothing waits for the disk.
#[tokio::test]
async fn the_check_catches_a_queue_that_does_not_sync() {
    let Some(status) = status_with_failing_syncs("off", "the_check_catches_a_queue_that_does_not_sync").await
    else {
        return;
    };
    assert_eq!(status, StatusCode::ACCEPTED);
}

/// The answer to one write while every fsync and fdatasync of the shop fails with EIO.
async fn status_with_failing_syncs(synchronous: &str, test: &str) -> Option<StatusCode> {
    if let Err(why) = strace_works() {
        skip(test, &why);
        return None;
    }
    let data = tempfile::tempdir().unwrap();
    // A first, healthy start creates the files, so that only the write under test meets the failing disk.
    assert!(Shop::up(data.path(), &["--synchronous", synchronous]).await.terminate().await);

    let mut strace = Command::new("strace");
    strace.args(["-f", "-q", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
    strace.args(["-e", "inject=fsync,fdatasync:error=EIO"]);
    let shop = Shop::up_under(strace, data.path(), &["--synchronous", synchronous]).await;
    let body = json!({"clientId": "c", "itemId": "i", "price": 1});
    let status = shop.post("/item/action/buy", &body).send().await.unwrap().status();
    shop.kill().await;
    Some(status)
}

fn strace_works() -> Result<(), String> {
    let tried = std::process::Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    match tried {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("strace may not trace here ({status})")),
        Err(error) => Err(format!("strace is not installed ({error})")),
    }
}
