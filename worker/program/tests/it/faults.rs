//! What is wrong with the settings is told at once, all of it, and nothing secret with it.

use std::process::{Command, Output};

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pawnshop-worker"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn every_fault_is_told_at_once_and_no_secret_with_it() {
    let arguments = [
        "--flows",
        "item,items",
        "--concurrency",
        "0",
        "--listen",
        "everywhere",
        "--linger",
        "5",
        "--shop",
        "downtown",
        "--log-format",
        "xml",
        "--pool",
        "Not A Pool",
        "--pool-config",
        "[]",
    ];
    let secrets =
        [("BROKER_URI", "http://ada:hunter2@broker"), ("STORE_URI", "mongodb://ada:hunter2@store:notaport/")];
    let output = run(&arguments, &secrets);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    for fault in [
        "--flows: \"item,items\": items: there is no such flow; did you mean item?",
        "--concurrency: \"0\"",
        "--listen: \"everywhere\"",
        "--linger: \"5\"",
        "--shop: \"downtown\": must be NAMESPACE/NAME",
        "--log-format: \"xml\": must be text or json",
        "--pool: \"Not A Pool\"",
        "--pool-config: \"[]\": must be a JSON object",
    ] {
        assert!(told.contains(fault), "{fault} is missing in:\n{told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn uris_that_are_none_are_told_together_without_their_passwords() {
    for (broker, store) in [
        ("http://ada:hunter2@broker", "postgres://ada:hunter2@store"),
        ("amqp://ada:hunter2@broker:notaport", "mongodb://ada:hunter2@store:notaport/"),
        ("ada:hunter2@broker", "ada:hunter2@store"),
        ("amqp://ada:hunter2@[broker", "mongodb://ada:hun@ter2:hunter2@store"),
    ] {
        let output = run(&[], &[("BROKER_URI", broker), ("STORE_URI", store)]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("2 faults"), "{told}");
        assert!(told.contains("variable BROKER_URI") && told.contains("variable STORE_URI"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn what_must_be_set_is_named_with_all_the_ways_to_set_it() {
    let output = run(&[], &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    for way in ["BROKER_URI_FILE", "STORE_URI_FILE"] {
        assert!(told.contains(way), "{told}");
    }
}

#[test]
fn what_no_flow_of_the_pool_reads_is_told_with_everything_else() {
    let config = [("PAWNSHOP_POOL_CONFIG", r#"{"objectsUri": "s3://objects"}"#)];
    let output = run(&["--flows", "item", "--pool", "Not A Pool"], &config);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    for fault in
        ["variable PAWNSHOP_POOL_CONFIG", "\"objectsUri\" is read by no flow of the pool", "--pool: "]
    {
        assert!(told.contains(fault), "{fault} is missing in:\n{told}");
    }
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let servers = [("BROKER_URI", "amqp://127.0.0.1:1"), ("STORE_URI", "mongodb://127.0.0.1:1")];
    let output = run(&["--listen", &address], &servers);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("cannot listen on {address}")), "{told}");
}

#[test]
fn every_setting_is_documented_as_help_tells_it() {
    pawnshop_servers::testing::assert_settings_documented(env!("CARGO_BIN_EXE_pawnshop-worker"));
}
