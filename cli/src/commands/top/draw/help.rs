use super::style::Styles;
use super::wrap::wrapped;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

const KEYS: [(&str, &str); 4] = [
    ("q, Ctrl-C", "leave"),
    ("Esc", "leave; here: back to the figures"),
    ("?", "this page, and back"),
    ("\u{2191} \u{2193} PgUp PgDn Home End", "scroll pools and flows"),
];

const NOTES: [&str; 4] = [
    "In a plot a column is a second, the newest at the right; what was not known is a gap, never a zero.",
    "An event's age is from its acceptance until it took effect; \u{2013} where nothing took effect.",
    "Flows are counted since each worker started, and the counts go back when one ends; ? where no worker tells of \
     the flow.",
    "A wider terminal shows more columns.",
];

/// The keys, and how to read the page.
pub(super) fn draw(frame: &mut Frame, area: Rect, styles: Styles) {
    let mut lines = vec![Line::default()];
    lines.extend(KEYS.map(|(key, does)| {
        Line::from(vec![Span::styled(format!(" {key:<23}"), styles.strong), Span::raw(does)])
    }));
    lines.push(Line::default());
    let wide = usize::from(area.width).saturating_sub(2);
    let notes = NOTES.iter().flat_map(|note| wrapped(note, wide));
    lines.extend(notes.map(|line| Line::raw(format!(" {line}"))));
    frame.render_widget(Paragraph::new(lines), area);
}
