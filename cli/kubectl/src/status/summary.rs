//! All shops in short.

use super::verdict::{Verdict, verdict};
use crate::age::age;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use pawnshop_cli::terminal;
use pawnshop_resource::PawnShop;
use serde::Serialize;

/// A shop in short.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    namespace: String,
    name: String,
    dispatchers: String,
    workers: String,
    backlog: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Timestamp>,
    pub(crate) verdict: Verdict,
}

impl Summary {
    /// The shop in short, by what the operator says of it.
    pub(crate) fn of(shop: &PawnShop) -> Self {
        let status = shop.status.clone().unwrap_or_default();
        let dispatchers = status.dispatcher.map(|edge| format!("{}/{}", edge.ready, edge.replicas));
        Self {
            namespace: shop.namespace().unwrap_or_default(),
            name: shop.name_any(),
            dispatchers: dispatchers.unwrap_or_default(),
            workers: status.workers.unwrap_or_default(),
            backlog: status.backlog.unwrap_or_default(),
            created: shop.metadata.creation_timestamp.as_ref().map(|time| time.0),
            verdict: verdict(shop, &[]),
        }
    }

    fn row(&self, with_namespace: bool, wide: bool, now: Timestamp) -> Vec<String> {
        let ready = if self.verdict.ready { "yes" } else { "no" };
        let mut row = Vec::new();
        row.extend(with_namespace.then(|| self.namespace.clone()));
        row.extend([self.name.clone(), ready.to_owned(), self.verdict.reason.clone()]);
        row.extend(wide.then(|| self.dispatchers.clone()));
        row.extend([self.workers.clone(), self.backlog.clone(), age(self.created, now)]);
        row.extend(wide.then(|| self.verdict.why.clone()));
        row
    }
}

/// Shops under headings, and how many of them are ready.
pub(crate) fn table(shops: &[Summary], with_namespace: bool, wide: bool, now: Timestamp) -> String {
    let mut headings = Vec::new();
    headings.extend(with_namespace.then_some("namespace"));
    headings.extend(["name", "ready", "reason"]);
    headings.extend(wide.then_some("dispatchers"));
    headings.extend(["workers", "backlog", "age"]);
    headings.extend(wide.then_some("why"));
    let rows = shops.iter().map(|shop| shop.row(with_namespace, wide, now));
    let ready = shops.iter().filter(|shop| shop.verdict.ready).count();
    format!("{}\n\n{ready} of {} ready", terminal::table(&headings, rows), shops.len())
}
