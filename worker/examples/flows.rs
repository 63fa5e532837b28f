//! Writes what the operator knows of the stock worker's flows into a file (decision K11); with `--check`, tells whether
//! it is up to date.

use pawnshop_flow::Flow;
use pawnshop_worker::services;
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut file = PathBuf::from("crates/resource/flows.json");
    let mut check = false;
    for argument in std::env::args().skip(1) {
        if argument == "--check" { check = true } else { file = PathBuf::from(argument) }
    }
    let wanted = serde_json::to_string_pretty(&flows())? + "\n";
    if !check {
        std::fs::write(&file, wanted)?;
    } else if std::fs::read_to_string(&file).ok().as_deref() != Some(&wanted) {
        eprintln!("{} is out of date: run `make crds` and commit the result", file.display());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn flows() -> serde_json::Value {
    let flows = services::all().into_iter().flat_map(|service| service.flows);
    flows
        .map(|flow| {
            json!({
                "name": flow.name,
                "maxEventsPerMessage": flow.max_events_per_message(),
                "configuration": configuration(&flow),
            })
        })
        .collect()
}

/// The JSON schema of what a flow reads of its pool's `config`; null where it reads nothing.
fn configuration(flow: &Flow) -> serde_json::Value {
    if flow.config.is_empty() {
        return serde_json::Value::Null;
    }
    let properties: serde_json::Map<_, _> =
        flow.config.iter().map(|key| (key.name().to_owned(), json!({}))).collect();
    let required: Vec<_> = flow.config.iter().filter(|key| key.is_required()).map(|key| key.name()).collect();
    json!({"type": "object", "properties": properties, "required": required})
}
