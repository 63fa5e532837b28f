//! `pawnshop get`.

use crate::args::{Dispatcher, Output};
use crate::client::Connection;
use crate::terminal::{print, print_json, print_table};
use anyhow::{Context, bail};
use clap::Subcommand;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

/// How long one request may take.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Fetch an item with its history, or an event's outcome.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  pawnshop get item car-1
  pawnshop get item car-1 --output json
  pawnshop get event 01998f3a-5a4e-7d2b-9a55-0c1c9e6a7b10

Exit codes: 0 found; 1 not found, or no answer; 2 bad usage."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// An item with its history.
    Item {
        /// The item's id.
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// What became of an event.
    Event {
        /// The event's id.
        id: String,
        /// The flow it went through; every flow when absent.
        #[arg(long)]
        flow: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    /// How to print it.
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    #[command(flatten)]
    dispatcher: Dispatcher,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Item { id, common } => item(common.connection(), &id, common.output).await,
        What::Event { id, flow, common } => {
            let flow = flow.map(|flow| format!("?flow={}", escaped(&flow))).unwrap_or_default();
            let outcome = fetch(common.connection(), &format!("/event/{}{flow}", escaped(&id))).await?;
            match common.output {
                Output::Json => print_json(&outcome)?,
                Output::Table => print_fields(&outcome)?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints an item with its history, as this dispatcher tells it.
///
/// # Errors
/// When there is none, or no answer.
pub async fn item(connection: Connection, id: &str, output: Output) -> anyhow::Result<ExitCode> {
    let item = fetch(connection, &format!("/item/fetch/{}", escaped(id))).await?;
    match output {
        Output::Json => print_json(&item)?,
        Output::Table => print_item(&item)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Common {
    fn connection(&self) -> Connection {
        Connection::new(self.dispatcher.url.clone(), TIMEOUT)
    }
}

async fn fetch(mut connection: Connection, path: &str) -> anyhow::Result<Value> {
    let answer = connection.get(path).await?;
    if !answer.status.is_success() {
        bail!("{}", answer.complaint());
    }
    answer.json().with_context(|| format!("{path} did not give JSON"))
}

fn print_item(found: &Value) -> anyhow::Result<()> {
    print_fields(&found["item"])?;
    for (history, more) in [("buys", None), ("sells", Some("profit")), ("pawns", Some("tax"))] {
        let Some(actions) = found[history].as_array().filter(|actions| !actions.is_empty()) else { continue };
        let mut headings = vec!["date", "clientId", "price"];
        headings.extend(more);
        headings.extend((history == "pawns").then_some("limitDays"));
        headings.push("eventId");
        print("")?;
        print(history)?;
        let row = |action: &Value| headings.iter().map(|field| text(&action[*field])).collect();
        print_table(&headings, actions.iter().map(row))?;
    }
    for (history, link) in found["truncated"].as_object().into_iter().flatten() {
        print(&format!("\nmore {history}: {}", text(link)))?;
    }
    Ok(())
}

/// One field a line, in the order in which they came.
fn print_fields(value: &Value) -> anyhow::Result<()> {
    let fields = value.as_object().into_iter().flatten();
    Ok(print_table(&["field", "value"], fields.map(|(name, value)| vec![name.clone(), text(value)]))?)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
