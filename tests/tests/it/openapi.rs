//! The OpenAPI document and the server agree: schemathesis makes requests from the document, good and bad, and
//! holds every answer against it.

use crate::harness::{Shop, skip};
use tokio::process::Command;

const SHOP: &str = "
apiVersion: pawnshop.dev/v1alpha1
kind: PawnShop
metadata: {name: downtown}
spec:
  pools:
    - {name: items, flows: [item, buy-actions, sell-actions, pawn-actions]}
    - {name: presence, flows: [presence], config: {objectsUri: 'http://127.0.0.1:9'}}
";

#[tokio::test]
async fn schemathesis_finds_nothing() {
    let program = std::env::var("SCHEMATHESIS").unwrap_or_else(|_| "schemathesis".to_owned());
    if Command::new(&program).arg("--version").output().await.is_err() {
        skip("schemathesis_finds_nothing", "schemathesis is not installed (`make test` installs it)");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    // With a pool for the flow that needs one; nobody answers it.
    let file = data.path().join("shop.yaml");
    std::fs::write(&file, SHOP).unwrap();
    let shop = Shop::up(&data.path().join("data"), &["-f", file.to_str().unwrap()]).await;
    let output = Command::new(&program)
        .args(["--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis.toml")])
        .args([
            "run",
            &format!("{}/openapi.json", shop.url),
            "--checks",
            "all",
            "--max-examples",
            "60",
            "--seed",
            "1",
        ])
        .args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"])
        .current_dir(data.path())
        .output()
        .await
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(report.contains("Tested: 17"), "every operation was tested: {report}");
    // Whatever was asked, the metrics stay few and sound.
    let metrics = shop.get("/metrics").send().await.unwrap().text().await.unwrap();
    pawnshop_servers::testing::assert_metrics_are_sound("schemathesis_finds_nothing", &metrics).await;
    assert!(shop.terminate().await);
}
