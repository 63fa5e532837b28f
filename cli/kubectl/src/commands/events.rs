use crate::args::{Format, Global};
use crate::cluster::{Cluster, Right};
use crate::events::{Names, Row, table};
use crate::terminal::{print, print_yaml};
use anyhow::bail;
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, ListParams};
use kube::runtime::{WatchStreamExt, watcher};
use pawnshop_cli::terminal::print_json;
use std::collections::HashMap;
use std::pin::pin;
use std::process::ExitCode;

/// Tell what happened to a shop and to what belongs to it, the oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kubectl pawnshop events downtown
  kubectl pawnshop events downtown --watch

Exit codes: 0 told; 1 it cannot be told; 2 bad usage.")]
pub(crate) struct Args {
    /// The shop.
    shop: String,
    /// Go on telling, until Ctrl-C.
    #[arg(short, long, conflicts_with = "output")]
    pub(crate) watch: bool,
    /// How to print them.
    #[arg(short, long, value_enum)]
    output: Option<Format>,
}

pub(crate) async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::of(global).await?;
    let names = Names::of(&cluster.shop(&args.shop).await?);
    let api = Api::<Event>::namespaced(cluster.client.clone(), &cluster.namespace);
    if args.watch {
        return watch(&cluster, api, &names).await;
    }
    let right = Right::new("list", "events", Some(&cluster.namespace));
    let events = cluster.list(&api, &ListParams::default(), &right).await?;
    let rows = rows(events.iter().filter(|event| names.concern(&event.involved_object)));
    match args.output {
        Some(Format::Json) => print_json(&rows)?,
        Some(Format::Yaml) => print_yaml(&rows)?,
        _ if rows.is_empty() => {
            eprintln!("no events of {} (the API server keeps them for an hour)", args.shop)
        }
        _ => print(&table(&rows, Timestamp::now()))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn rows<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Row> {
    let mut rows: Vec<_> = events.map(Row::of).collect();
    rows.sort_by_key(|row| row.last);
    rows
}

/// Never ends by itself: a watch that breaks is begun anew, and tells what it told before only once.
async fn watch(cluster: &Cluster, api: Api<Event>, names: &Names) -> anyhow::Result<ExitCode> {
    let right = Right::new("watch", "events", Some(&cluster.namespace));
    let mut events = pin!(watcher(api, watcher::Config::default()).default_backoff());
    let (mut told, mut listed) = (HashMap::new(), Vec::new());
    loop {
        match events.try_next().await {
            Ok(Some(watcher::Event::InitApply(event))) => listed.push(event),
            Ok(Some(watcher::Event::InitDone)) => {
                let of_shop = listed.iter().filter(|event| names.concern(&event.involved_object));
                let new = of_shop.filter(|event| is_new(event, &mut told));
                for row in rows(new) {
                    print(&row.line(Timestamp::now()))?;
                }
                listed.clear();
            }
            Ok(Some(watcher::Event::Apply(event))) => {
                if names.concern(&event.involved_object) && is_new(&event, &mut told) {
                    print(&Row::of(&event).line(Timestamp::now()))?;
                }
            }
            Ok(Some(watcher::Event::Init)) => listed.clear(),
            Ok(Some(watcher::Event::Delete(gone))) => {
                told.remove(&gone.metadata.uid.unwrap_or_default());
            }
            Ok(None) => bail!("the watch ended"),
            Err(watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error))
                if is_refused(&error) =>
            {
                return Err(cluster.told(right, error).into());
            }
            Err(error) => eprintln!("the watch broke, and is begun anew: {error}"),
        }
    }
}

fn is_new(event: &Event, told: &mut HashMap<String, Option<String>>) -> bool {
    let (uid, version) = (event.metadata.uid.clone(), event.metadata.resource_version.clone());
    told.insert(uid.unwrap_or_default(), version.clone()) != Some(version)
}

/// What trying again does not mend.
fn is_refused(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if matches!(status.code, 401 | 403))
}
