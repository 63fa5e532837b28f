use super::pace::Pace;
use crate::terminal::grouped;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinHandle;

/// A line on standard error that changes every second on a terminal; elsewhere a new one every 5 s.
pub(super) fn start(pace: Arc<Pace>) -> JoinHandle<()> {
    let terminal = std::io::stderr().is_terminal();
    tokio::spawn(async move {
        let bar = Line(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.0.set_style(style);
        }
        let period = Duration::from_secs(if terminal { 1 } else { 5 });
        let mut before = 0;
        let mut ticks = tokio::time::interval(period);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let answered = pace.answered.load(Ordering::Relaxed);
            let message = format!(
                "{:>3} s  {}/s  {} answered  {} errors",
                pace.elapsed().as_secs(),
                grouped((answered - before) / period.as_secs()),
                grouped(answered),
                grouped(pace.failed.load(Ordering::Relaxed)),
            );
            before = answered;
            if terminal {
                bar.0.set_message(message);
                bar.0.tick();
            } else {
                eprintln!("{message}");
            }
        }
    })
}

/// Leaves nothing on the terminal when the task is aborted.
struct Line(ProgressBar);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
