use pawnshop_domain::FlowName;
use serde::Deserialize;
use std::sync::LazyLock;

/// A flow that the stock worker has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockFlow {
    /// Its name.
    pub name: FlowName,
    /// The most events that share a broker message.
    pub max_events_per_message: u16,
    /// The JSON schema of its part of a pool's `config`; `None`: it takes none.
    pub configuration: Option<serde_json::Value>,
}

impl StockFlow {
    /// Whether it cannot do without a word in its pool's `config`.
    pub fn needs_config(&self) -> bool {
        let required = self.configuration.as_ref().and_then(|schema| schema["required"].as_array());
        required.is_some_and(|keys| !keys.is_empty())
    }
}

/// The flows of a shop that lists no pools: those of the stock worker that need nothing in their pool's `config`.
pub fn default_flows() -> Vec<FlowName> {
    let flows = stock_flows().iter().filter(|flow| !flow.needs_config());
    flows.map(|flow| flow.name.clone()).collect()
}

/// What the operator, which has no flows itself, knows of those of the stock image: `flows.json`, written by
/// `make crds` from the worker.
pub fn stock_flows() -> &'static [StockFlow] {
    &STOCK_FLOWS
}

static STOCK_FLOWS: LazyLock<Vec<StockFlow>> = LazyLock::new(|| read(include_str!("../flows.json")));

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    name: String,
    max_events_per_message: u16,
    configuration: Option<serde_json::Value>,
}

/// The file is generated, and a test reads it: what cannot be read here was not committed.
fn read(text: &str) -> Vec<StockFlow> {
    let entries: Vec<Entry> = serde_json::from_str(text).unwrap_or_default();
    let flow = |entry: Entry| {
        Some(StockFlow {
            name: entry.name.parse().ok()?,
            max_events_per_message: entry.max_events_per_message,
            configuration: entry.configuration,
        })
    };
    entries.into_iter().filter_map(flow).collect()
}
