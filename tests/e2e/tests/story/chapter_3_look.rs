//! What the shopkeeper sees in a browser: the console, over `kubectl port-forward`.

use crate::chapter_2_open::Shop;
use crate::kube_api::{PATIENCE, eventually};
use crate::stage::{SHOPS, Stage};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

pub(crate) async fn the_console_is_seen_over_a_port_forward(stage: &Stage, shop: &Shop) {
    let service = format!("service/{}-dispatcher", shop.name);
    let mut forward = stage.kubectl();
    forward.args(["port-forward", "--namespace", SHOPS, &service, ":80"]);
    let mut forward = forward.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(forward.stdout.take().unwrap()).lines();
    let told = timeout(PATIENCE, lines.next_line()).await.expect("kubectl says where").unwrap().unwrap();
    // Forwarding from 127.0.0.1:40123 -> 8080
    let address = told.split_whitespace().find(|word| word.starts_with("127.0.0.1:"));
    let url = format!("http://{}", address.unwrap_or_else(|| panic!("{told}")));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        let answer = http.get(format!("{url}/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer
    };

    let page = get("").await;
    assert!(page.headers().contains_key("content-security-policy"), "{:?}", page.headers());
    let page = page.text().await.unwrap();
    assert!(page.contains("At a glance"), "{page}");
    let assets: Vec<_> = page.split('"').filter(|part| part.starts_with("console/")).collect();
    assert!(assets.len() >= 3, "a style, a script and an icon: {assets:?}");
    for asset in assets {
        get(asset).await;
    }
    let mut seen = Value::Null;
    eventually("every worker tells of itself", async || {
        seen = get("overview").await.json().await.unwrap();
        seen["workers"]["known"] == 3 && seen["workers"]["told"] == 3
    })
    .await;
    let pools = seen["pools"].as_array().unwrap().iter();
    let pools: Vec<_> = pools.map(|pool| (pool["name"].as_str().unwrap(), &pool["processes"])).collect();
    assert_eq!(pools, [("appraisals", &Value::from(1)), ("stock", &Value::from(2))], "{seen}");
    forward.kill().await.unwrap();
}
