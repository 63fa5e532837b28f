//! What the examples promise: the curl tour runs, and the real data set imports and is found again.

use crate::harness::{PROGRAM, Shop, answer, figure};
use reqwest::StatusCode;
use std::path::PathBuf;
use tokio::process::Command;

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

#[tokio::test]
async fn the_curl_tour_runs() {
    let data = tempfile::tempdir().unwrap();
    let shop = Shop::up(data.path(), &["-f", examples().join("shop.yaml").to_str().unwrap()]).await;
    let output =
        Command::new("bash").arg(examples().join("curl-tour.sh")).arg(&shop.url).output().await.unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn the_cars_import_once_and_are_found_by_category_and_name() {
    let data = tempfile::tempdir().unwrap();
    let shop = Shop::up(data.path(), &[]).await;
    let import = async || {
        let mut command = Command::new("bash");
        command.arg(examples().join("import-cars.sh")).arg(&shop.url).env("PAWNSHOP", PROGRAM);
        let output = command.output().await.unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
        printed
    };
    figure(import().await.lines().last().unwrap_or_default());
    import().await;
    assert_eq!(count(&shop, "category=Motor").await, 406, "the second import added nothing");
    let (status, found) = answer(shop.get("/item/fetch?name=ford%20pinto&limit=100")).await;
    assert_eq!(status, StatusCode::OK);
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 6, "as many as the table has");
    assert!(found.iter().all(|entry| entry["item"]["category"] == "Motor"), "{found:?}");
}

/// How many items a filter finds, over all pages.
async fn count(shop: &Shop, filter: &str) -> usize {
    let (mut count, mut path) = (0, Some(format!("/item/fetch?{filter}&limit=100")));
    while let Some(page) = path {
        let response = shop.get(&page).send().await.unwrap();
        path = response.headers().get("link").map(|link| {
            let link = link.to_str().unwrap();
            link[1..link.find('>').unwrap()].to_owned()
        });
        count += response.json::<serde_json::Value>().await.unwrap().as_array().unwrap().len();
    }
    count
}
