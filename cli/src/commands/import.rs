use crate::args::Dispatcher;
use crate::import::{Columns, Format, Pair, Plan, Scale, Target, import};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Send the rows of CSV or NDJSON files to a dispatcher, as items or actions.
///
/// Every row gets an idempotency key made from its content and from how many rows like it came before, so that
/// running the same import again adds nothing, and an import that was interrupted can simply be started anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pawnshop import items.csv
  pawnshop import cars.csv --column name=Name --column price=Weight_in_lbs --set category=Motor --set state=Good
  pawnshop import prices.csv --scale price=100          # 12.50 becomes 1250 minor units, exactly
  pawnshop import buys.ndjson --to buy
  jq -c '.[]' array.json | pawnshop import - --format ndjson

Exit codes: 0 every row is in, or accepted for good with an outcome that the summary counts as not waited for
or not yet known; 1 a row is not, each told by file and line; 2 bad usage.")]
pub(crate) struct Args {
    /// The files; `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the rows are.
    #[arg(long, value_enum, default_value_t)]
    to: Target,
    /// Take a field from a column of another name; columns named like a field are found by themselves.
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<Pair>,
    /// Give a field the same value in every row.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    constants: Vec<Pair>,
    /// Multiply a decimal number to make it whole: amounts are in minor units.
    #[arg(long = "scale", value_name = "FIELD=FACTOR")]
    scales: Vec<Scale>,
    /// How the files are written; by default told by their names or first bytes.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The character between CSV fields; by default a comma, or a tab in *.tsv.
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,
    /// Rows on their way at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// Wait up to so many seconds for each row's outcome, so that rejections are told; 0: accepted is enough.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=30), value_name = "SECONDS")]
    wait: u8,
    /// Keep trying a row for so many seconds while the dispatcher is away, busy or full.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    retry_for: u64,
    /// When all is sent, ask so many seconds in all for the outcomes that did not come within --wait.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400), value_name = "SECONDS")]
    settle_for: u64,
    #[command(flatten)]
    dispatcher: Dispatcher,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let columns = Columns::new(args.to, args.columns, args.constants, args.scales)?;
    let delimiter = args.delimiter.map(u8::try_from).transpose();
    let plan = Plan {
        files: args.files,
        columns,
        format: args.format,
        delimiter: delimiter.map_err(|_| anyhow::anyhow!("--delimiter must be an ASCII character"))?,
        concurrency: args.concurrency,
        wait: args.wait,
        retry_for: Duration::from_secs(args.retry_for),
        settle_for: Duration::from_secs(args.settle_for),
        url: args.dispatcher.url,
    };
    let summary = import(plan).await?;
    eprintln!("{summary}");
    Ok(if summary.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
