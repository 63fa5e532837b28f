use crate::age::age;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use pawnshop_cli::terminal;
use serde::Serialize;

/// An event, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// When it happened last.
    pub(crate) last: Option<Timestamp>,
    #[serde(rename = "type")]
    kind: String,
    reason: String,
    object: String,
    /// How often it happened.
    count: i32,
    message: String,
}

impl Row {
    /// Of this event, whichever API it was published with.
    pub(crate) fn of(event: &Event) -> Self {
        let series = event.series.as_ref();
        let last = series
            .and_then(|series| series.last_observed_time.as_ref().map(|time| time.0))
            .or(event.last_timestamp.as_ref().map(|time| time.0))
            .or(event.event_time.as_ref().map(|time| time.0))
            .or(event.first_timestamp.as_ref().map(|time| time.0))
            .or(event.metadata.creation_timestamp.as_ref().map(|time| time.0));
        let of = &event.involved_object;
        Self {
            last,
            kind: event.type_.clone().unwrap_or_default(),
            reason: event.reason.clone().unwrap_or_default(),
            object: format!(
                "{} {}",
                of.kind.as_deref().unwrap_or_default(),
                of.name.as_deref().unwrap_or_default()
            ),
            count: series.and_then(|series| series.count).or(event.count).unwrap_or(1),
            message: event.message.as_deref().unwrap_or_default().trim().replace('\n', " "),
        }
    }

    fn cells(&self, now: Timestamp) -> Vec<String> {
        let mut seen = age(self.last, now);
        if self.count > 1 {
            seen = format!("{seen} (x{})", self.count);
        }
        [&seen, &self.kind, &self.reason, &self.object, &self.message].map(Clone::clone).into()
    }

    /// As a line of its own, while one watches.
    pub(crate) fn line(&self, now: Timestamp) -> String {
        let cells = self.cells(now);
        let widths = [12, 8, 22, 40, 0];
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// Events under headings, the oldest first.
pub(crate) fn table(rows: &[Row], now: Timestamp) -> String {
    terminal::table(
        &["last seen", "type", "reason", "object", "message"],
        rows.iter().map(|row| row.cells(now)),
    )
}
