//! G4: a full disk is a 503 with Retry-After, nothing crashes, and there is service again when there is room.

use crate::harness::{Shop, eventually, skip};
use reqwest::StatusCode;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[tokio::test]
async fn a_full_disk_refuses_writes_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let disk = match SmallDisk::mount(folder.path()) {
        Ok(disk) => disk,
        Err(why) => return skip("a_full_disk_refuses_writes_and_recovers", &why),
    };
    let shop = Shop::up(&disk.0.join("data"), &[]).await;
    let ballast = disk.0.join("ballast");
    // Whatever is free goes: a write of zeros that ends with "no space left".
    let _ =
        Command::new("dd").args(["if=/dev/zero", "bs=4k"]).arg(format!("of={}", ballast.display())).output();

    let mut number = 0;
    let mut accepted = Vec::new();
    let mut refusal = None;
    while refusal.is_none() && number < 20_000 {
        number += 1;
        let body = json!({"clientId": "c", "itemId": format!("i{number}"), "price": 1});
        let response = shop.post("/item/action/buy", &body).send().await.unwrap();
        match response.status() {
            StatusCode::ACCEPTED => {
                accepted.push(response.headers()["location"].to_str().unwrap().to_owned())
            }
            status => refusal = Some((status, response.headers().get("retry-after").cloned())),
        }
    }
    let (status, retry_after) = refusal.expect("the disk was full");
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(retry_after.is_some(), "a 503 says when to try again");
    assert_eq!(shop.get("/healthz").send().await.unwrap().status(), StatusCode::OK, "still alive");

    std::fs::remove_file(&ballast).unwrap();
    eventually("writes are accepted again", Duration::from_secs(20), async || {
        let body = json!({"clientId": "c", "itemId": "after", "price": 1});
        let response = shop.post("/item/action/buy", &body).send().await.unwrap();
        let taken = response.status() == StatusCode::ACCEPTED;
        if taken {
            accepted.push(response.headers()["location"].to_str().unwrap().to_owned());
        }
        taken
    })
    .await;
    for location in accepted {
        eventually("what was accepted is applied", Duration::from_secs(60), async || {
            shop.get(&location).send().await.unwrap().status() == StatusCode::OK
        })
        .await;
    }
    assert!(shop.terminate().await);
}

/// A file system of 3 MiB in memory; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Result<Self, String> {
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(at).output();
        match output {
            Ok(output) if output.status.success() => Ok(Self(at.to_owned())),
            Ok(output) => Err(format!("cannot mount: {}", String::from_utf8_lossy(&output.stderr).trim())),
            Err(error) => Err(format!("cannot mount: {error}")),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
