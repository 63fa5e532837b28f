//! Bounds what the same complaint may fill of the log.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// The lines of one place in the code that are written in each period.
const MOST_LINES: u32 = 10;

/// How long a period is.
pub(super) const PERIOD: Duration = Duration::from_secs(10);

/// The most that is kept of a line's text.
const MOST_TEXT: usize = 120;

/// Leaves out warnings and errors that one place in the code gives more than ten times in ten seconds. What the lines
/// of requests and batches tell is never the same, and they are let be.
#[derive(Debug, Default)]
pub(super) struct Repeats(Mutex<HashMap<Identifier, Place>>);

/// A place in the code that warns.
#[derive(Debug)]
struct Place {
    target: &'static str,
    level: Level,
    began: Instant,
    written: u32,
    left_out: u64,
    /// What the line says that was left out first.
    text: String,
}

/// Lines that were left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) text: String,
    pub(super) lines: u64,
}

impl Repeats {
    /// Whether a line is to be written.
    fn takes(&self, event: &Event<'_>, now: Instant) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN {
            return true;
        }
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(metadata.callsite()).or_insert_with(|| Place {
            target: metadata.target(),
            level: *metadata.level(),
            began: now,
            written: 0,
            left_out: 0,
            text: String::new(),
        });
        if now.saturating_duration_since(place.began) >= PERIOD {
            (place.began, place.written) = (now, 0);
        }
        if place.written < MOST_LINES {
            place.written += 1;
            return true;
        }
        if place.left_out == 0 {
            place.text = Text::of(event);
        }
        place.left_out += 1;
        false
    }

    /// What was left out since this was last asked.
    pub(super) fn left_out(&self) -> Vec<LeftOut> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = |place: &mut Place| LeftOut {
            level: place.level,
            target: place.target,
            text: std::mem::take(&mut place.text),
            lines: std::mem::take(&mut place.left_out),
        };
        places.values_mut().filter(|place| place.left_out > 0).map(told).collect()
    }
}

impl<S: Subscriber> Layer<S> for &'static Repeats {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.takes(event, Instant::now())
    }
}

/// What a line says, without its fields: they are of that one line.
struct Text(String);

impl Text {
    fn of(event: &Event<'_>) -> String {
        let mut text = Self(String::new());
        event.record(&mut text);
        text.0
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
            self.0.truncate(self.0.floor_char_boundary(MOST_TEXT));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    /// Counts the lines that come to be written.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<Level>>>);

    impl<S: Subscriber> Layer<S> for Lines {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
    }

    fn fails(id: u32) {
        tracing::warn!(id, "an event failed");
    }

    fn lines_of(repeats: &'static Repeats, work: impl FnOnce()) -> Vec<Level> {
        let lines = Lines::default();
        tracing::subscriber::with_default(Registry::default().with(lines.clone()).with(repeats), work);
        let lines = lines.0.lock().unwrap();
        lines.clone()
    }

    fn repeats() -> &'static Repeats {
        Box::leak(Box::default())
    }

    #[test]
    fn a_complaint_is_written_ten_times_and_then_counted() {
        let repeats = repeats();
        let lines = lines_of(repeats, || {
            (0..132).for_each(fails);
            tracing::error!("another place");
        });
        assert_eq!(lines.len(), 11, "{lines:?}");
        let left_out = repeats.left_out();
        let [place] = &left_out[..] else { panic!("{left_out:?}") };
        assert_eq!((place.text.as_str(), place.lines, place.level), ("an event failed", 122, Level::WARN));
        assert!(place.target.ends_with("repeats::tests"), "{place:?}");
        assert_eq!(repeats.left_out(), [], "it is told once");
    }

    #[test]
    fn after_its_period_a_complaint_is_written_again() {
        let repeats = repeats();
        lines_of(repeats, || (0..11).for_each(fails));
        assert_eq!(repeats.left_out()[0].lines, 1);
        for place in repeats.0.lock().unwrap().values_mut() {
            place.began -= PERIOD;
        }
        assert_eq!(lines_of(repeats, || (0..11).for_each(fails)).len(), 10);
        assert_eq!(repeats.left_out()[0].lines, 1);
    }

    #[test]
    fn what_is_no_complaint_is_let_be() {
        let lines = lines_of(repeats(), || (0..100).for_each(|id| tracing::info!(id, "answered")));
        assert_eq!(lines.len(), 100);
    }

    #[test]
    fn of_a_long_text_the_beginning_is_kept() {
        let repeats = repeats();
        lines_of(repeats, || (0..11).for_each(|_| tracing::warn!("{}", "ä".repeat(100))));
        assert_eq!(repeats.left_out()[0].text, "ä".repeat(60));
    }
}
