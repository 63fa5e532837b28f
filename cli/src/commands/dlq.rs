//! `pawnshop dlq`.

mod letters;

use crate::args::Output;
use crate::client::Target;
use crate::embedded::DEFAULT_DATA_FOLDER;
use crate::terminal::{print, print_json, print_table};
use anyhow::bail;
use clap::Subcommand;
use http::Method;
pub use letters::Letters;
use serde_json::Value;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

/// Look at the events that failed for good, and replay or drop them.
///
/// Replayed letters stay in the list, marked; an event that had been applied after all is not applied again.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  pawnshop dlq list
  pawnshop dlq show 01998f3a-5a4e-7d2b-9a55-0c1c9e6a7b10
  pawnshop dlq replay 01998f3a-5a4e-7d2b-9a55-0c1c9e6a7b10
  pawnshop dlq replay --all --flow buy-actions --yes

Exit codes: 0 done; 1 not all of it; 2 bad usage."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What<Admin>,
}

/// What to do with the dead letters. `Place`: the flags that tell where they are.
#[derive(Debug, Subcommand)]
pub enum What<Place: clap::Args> {
    /// List dead letters.
    List {
        /// Only those of this flow.
        #[arg(long)]
        flow: Option<String>,
        /// The most to list.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// How to print them.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
        /// Where they are.
        #[command(flatten)]
        admin: Place,
    },
    /// Show one dead letter whole.
    Show {
        /// Its id.
        id: String,
        /// How to print it.
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
        /// Where they are.
        #[command(flatten)]
        admin: Place,
    },
    /// Send dead letters through their flow again.
    Replay(Selection<Place>),
    /// Delete dead letters for good.
    Drop(Selection<Place>),
}

/// Some dead letters.
#[derive(Debug, clap::Args)]
pub struct Selection<Place: clap::Args> {
    /// Their ids.
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "ID")]
    ids: Vec<String>,
    /// All of them.
    #[arg(long)]
    all: bool,
    /// With --all: only those of this flow.
    #[arg(long, requires = "all")]
    flow: Option<String>,
    /// Do not ask.
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    admin: Place,
}

#[derive(Debug, clap::Args)]
struct Admin {
    /// The shop's admin address; by default the one that the shop running in --data has written down.
    #[arg(long, env = "PAWNSHOP_ADMIN", value_name = "URL")]
    admin: Option<Target>,
    /// The data folder of the running shop.
    #[arg(long, default_value = DEFAULT_DATA_FOLDER, value_name = "DIR")]
    data: PathBuf,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    act(args.what, Letters::of).await
}

/// Does it, to the letters that are in this place.
///
/// # Errors
/// When it cannot be done.
pub async fn act<Place: clap::Args>(
    what: What<Place>,
    letters: impl FnOnce(&Place) -> anyhow::Result<Letters>,
) -> anyhow::Result<ExitCode> {
    match what {
        What::List { flow, limit, output, admin } => {
            let limit = usize::try_from(limit)?;
            let (letters, more) = letters(&admin)?.list(flow.as_deref(), limit).await?;
            match output {
                Output::Json => print_json(&letters)?,
                Output::Table if letters.is_empty() => print("no dead letters")?,
                Output::Table => print_letters(&letters, more)?,
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Show { id, output, admin } => {
            let letter = letters(&admin)?.call(Method::GET, &id, "").await?;
            match output {
                Output::Json => print_json(&letter)?,
                Output::Table => print_letter(&letter)?,
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Replay(selection) => {
            let letters = letters(&selection.admin)?;
            each(letters, selection, "replay", Method::POST, "/replay", "replayed").await
        }
        What::Drop(selection) => {
            let letters = letters(&selection.admin)?;
            each(letters, selection, "drop", Method::DELETE, "", "dropped").await
        }
    }
}

/// Does the same to every selected letter, and goes on after one that fails.
async fn each<Place: clap::Args>(
    mut letters: Letters,
    selection: Selection<Place>,
    verb: &str,
    method: Method,
    end: &str,
    done: &str,
) -> anyhow::Result<ExitCode> {
    let mut ids = selection.ids;
    if selection.all {
        let (all, _) = letters.list(selection.flow.as_deref(), usize::MAX).await?;
        ids = all.iter().map(|letter| text(&letter["id"])).collect();
        if ids.is_empty() {
            print("no dead letters")?;
            return Ok(ExitCode::SUCCESS);
        }
        if !selection.yes && !confirmed(&format!("{verb} {} dead letters?", ids.len()))? {
            bail!("nothing was {done}");
        }
    }
    let mut failed = 0;
    for id in &ids {
        match letters.call(method.clone(), id, end).await {
            Ok(_) => print(&format!("{id} {done}"))?,
            Err(error) => {
                failed += 1;
                eprintln!("{id}: {error:#}");
            }
        }
    }
    if failed > 0 {
        eprintln!("{failed} of {} not {done}", ids.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("{question} Nobody is there to answer: give --yes");
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn print_letters(letters: &[Value], more: bool) -> anyhow::Result<()> {
    const COLUMNS: [&str; 6] = ["id", "flow", "outcome", "code", "attempts", "time"];
    let row = |letter: &Value| COLUMNS.iter().map(|field| text(&letter[*field])).collect();
    print_table(&COLUMNS, letters.iter().map(row))?;
    if more {
        print("there are more: give a higher --limit")?;
    }
    Ok(())
}

fn print_letter(letter: &Value) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for (name, value) in letter.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(inner) => {
                rows.extend(inner.iter().map(|(key, value)| vec![format!("{name}.{key}"), text(value)]))
            }
            None => rows.push(vec![name.clone(), text(value)]),
        }
    }
    Ok(print_table(&["field", "value"], rows)?)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
