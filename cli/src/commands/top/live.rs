//! The page on a terminal, until the user leaves it.

use super::draw::draw;
use super::follow::{News, follow, open};
use super::model::Model;
use super::unreachable;
use crate::client::{OpenError, Target};
use anyhow::{Context, anyhow};
use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt;
use pawnshop_runtime::shutdown;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// Figures that wait to be shown.
const WAITING: usize = 4;

/// Shows the figures until a key or a signal ends it.
///
/// # Errors
/// When the dispatcher gives none at first, or the terminal fails.
pub(super) async fn run(target: Target) -> anyhow::Result<()> {
    // Before the terminal is taken, so that what is wrong is told as by every other command.
    let events = open(&target).await.map_err(|error| match error {
        OpenError::Send(error) => unreachable(error),
        refused @ OpenError::Refused { .. } => refused.into(),
    })?;
    let (sender, mut news) = mpsc::channel(WAITING);
    let mut model = Model::new(target.to_string(), wants_colours());
    tokio::spawn(follow(target, events, sender));
    let signal = shutdown::on_signal().context("cannot listen for signals")?;

    // Also restores the terminal at a panic.
    let _restored = Restored;
    let mut terminal = ratatui::try_init().context("cannot draw on this terminal")?;
    let mut keys = EventStream::new();
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut furthest = 0;
        terminal
            .draw(|frame| furthest = draw(frame, &model, Instant::now()))
            .context("cannot draw on this terminal")?;
        model.scroll = model.scroll.min(furthest);
        tokio::select! {
            () = signal.cancelled() => return Ok(()),
            _ = seconds.tick() => model.second(Instant::now()),
            came = news.recv() => match came {
                Some(News::Figures(overview)) => model.take(*overview, Instant::now()),
                Some(News::Lost(why)) => model.lose(why),
                None => return Err(anyhow!("the figures are not followed any more")),
            },
            event = keys.next() => match event {
                Some(Ok(Event::Key(key))) => if press(&mut model, key).is_break() { return Ok(()) },
                // Of another size: drawn anew.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).context("cannot read the keys"),
                None => return Ok(()),
            },
        }
    }
}

/// What a key does; `Break`: leaves.
fn press(model: &mut Model, key: KeyEvent) -> ControlFlow<()> {
    const PAGE: usize = 10;
    if key.kind == KeyEventKind::Release {
        return ControlFlow::Continue(());
    }
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if with_control => return ControlFlow::Break(()),
        KeyCode::Esc if model.help => model.help = false,
        KeyCode::Char('q') | KeyCode::Esc => return ControlFlow::Break(()),
        KeyCode::Char('?') => model.help = !model.help,
        _ if model.help => {}
        KeyCode::Down => model.scroll = model.scroll.saturating_add(1),
        KeyCode::Up => model.scroll = model.scroll.saturating_sub(1),
        KeyCode::PageDown => model.scroll = model.scroll.saturating_add(PAGE),
        KeyCode::PageUp => model.scroll = model.scroll.saturating_sub(PAGE),
        KeyCode::Home => model.scroll = 0,
        KeyCode::End => model.scroll = usize::MAX,
        _ => {}
    }
    ControlFlow::Continue(())
}

/// <https://no-color.org>: not where the variable is there and not empty.
fn wants_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Gives the terminal back as it was, however the page ends.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = ratatui::try_restore();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(model: &mut Model, code: KeyCode) -> bool {
        press(model, KeyEvent::new(code, KeyModifiers::NONE)).is_break()
    }

    #[test]
    fn q_escape_and_control_c_leave() {
        let mut model = Model::new("http://shop".to_owned(), true);
        assert!(pressed(&mut model, KeyCode::Char('q')) && pressed(&mut model, KeyCode::Esc));
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(press(&mut model, control_c).is_break());
        assert!(!pressed(&mut model, KeyCode::Char('c')));
    }

    #[test]
    fn escape_leaves_the_help_first() {
        let mut model = Model::new("http://shop".to_owned(), true);
        assert!(!pressed(&mut model, KeyCode::Char('?')) && model.help);
        assert!(!pressed(&mut model, KeyCode::Esc) && !model.help);
    }

    #[test]
    fn arrows_scroll_and_stop_at_the_top() {
        let mut model = Model::new("http://shop".to_owned(), true);
        for code in [KeyCode::Up, KeyCode::Down, KeyCode::PageDown, KeyCode::Up] {
            pressed(&mut model, code);
        }
        assert_eq!(model.scroll, 10);
        pressed(&mut model, KeyCode::End);
        pressed(&mut model, KeyCode::Down);
        assert_eq!(model.scroll, usize::MAX);
        pressed(&mut model, KeyCode::Home);
        assert_eq!(model.scroll, 0);
    }
}
