use crate::support::run;

const PASSWORD: &str = "hunter2";

#[tokio::test]
async fn every_fault_of_the_settings_is_told_in_one_message_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dispatcher.yaml");
    std::fs::write(&file, "admin-listen: 0.0.0.0:0\nlisten-on: 127.0.0.1:1\n").unwrap();
    let uri = format!("http://shop:{PASSWORD}@broker/");
    let output = run(
        &[("BROKER_URI", &uri), ("PAWNSHOP_DRAIN_DEADLINE", "soon")],
        &[
            "--config",
            file.to_str().unwrap(),
            "--listen",
            "here",
            "--workers",
            "consul:workers",
            "--flows",
            "item,buy-action",
            "--shop",
            "downtown",
        ],
    )
    .await;
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for part in [
        "--listen: \"here\"",
        "--workers: \"consul:workers\"",
        "static:HOST:PORT,HOST:PORT, dns:HOST:PORT, kubernetes:NAMESPACE/SERVICE:PORT-NAME",
        "--flows: \"item,buy-action\": buy-action: there is no such flow; did you mean buy-actions?",
        "--shop: \"downtown\": must be NAMESPACE/NAME",
        "variable PAWNSHOP_DRAIN_DEADLINE: \"soon\"",
        "admin-listen: \"0.0.0.0:0\": must be a loopback address",
        "listen-on: unknown; did you mean listen?",
    ] {
        assert!(told.contains(part), "{part:?} is not in:\n{told}");
    }
    assert!(!told.contains(PASSWORD), "{told}");
    assert!(output.stdout.is_empty(), "nothing was started");
}

#[tokio::test]
async fn a_broker_uri_that_cannot_be_used_is_told_without_its_password() {
    let uri = format!("http://shop:{PASSWORD}@broker/");
    let output = run(&[("BROKER_URI", &uri)], &["--workers", "dns:workers:7070"]).await;
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("broker's URI cannot be used"), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
}

#[tokio::test]
async fn what_is_wrong_with_tracing_is_told_without_its_secrets() {
    let endpoint = format!("http://ada:{PASSWORD}@collector:4318");
    let headers = format!("authorization {PASSWORD}");
    let output = run(
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", &headers),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_TRACES_SAMPLER_ARG", "10"),
        ],
        &[],
    )
    .await;
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for part in [
        "variable OTEL_EXPORTER_OTLP_ENDPOINT: must hold no user and password",
        "variable OTEL_EXPORTER_OTLP_HEADERS: must be NAME=VALUE,...",
        "variable OTEL_TRACES_SAMPLER: \"sometimes\": must be always_on, ",
        "variable OTEL_TRACES_SAMPLER_ARG: \"10\": must be a number from 0",
    ] {
        assert!(told.contains(part), "{part:?} is not in:\n{told}");
    }
    assert!(!told.contains(PASSWORD), "{told}");
}

#[tokio::test]
async fn what_must_be_given_is_asked_for() {
    let output = run(&[], &[]).await;
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("2 faults in the settings"), "{told}");
    assert!(told.contains("BROKER_URI") && told.contains("PAWNSHOP_WORKERS"), "{told}");
}

#[test]
fn every_setting_is_documented_as_help_tells_it() {
    pawnshop_servers::testing::assert_settings_documented(env!("CARGO_BIN_EXE_pawnshop-dispatcher"));
}
