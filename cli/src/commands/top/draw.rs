//! The page, drawn from the model alone.

mod figure;
mod help;
mod style;
mod wrap;

use super::document::Overview;
use super::model::{Link, Model};
use super::table::{self, Kind};
use super::words::{DEAD_LETTERED, UNKNOWN, age, clock, notices, totals};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::time::Instant;
use style::Styles;
use wrap::wrapped;

/// From this height on there are blank lines, and sentences below the plots.
const ROOMY: u16 = 24;

/// Draws the page as of `now`. Returns how far the table can be scrolled.
pub(super) fn draw(frame: &mut Frame, model: &Model, now: Instant) -> usize {
    let styles = Styles::new(model.colours);
    let page = frame.area();
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(page);
    draw_header(frame, header, model, now, styles);
    let mut scrolled = Scrolled::default();
    match &model.latest {
        _ if model.help => help::draw(frame, body, styles),
        Some((overview, _)) => scrolled = draw_body(frame, body, model, overview, now, styles),
        None => draw_waiting(frame, body, model, styles),
    }
    draw_footer(frame, footer, &scrolled, model.help, styles);
    scrolled.most
}

/// What stands in the place of figures before there are any.
fn draw_waiting(frame: &mut Frame, area: Rect, model: &Model, styles: Styles) {
    let sentence = match &model.link {
        Link::Live => "Asking the workers\u{2026}".to_owned(),
        Link::Lost(why) => format!("No figures yet: {why}. Trying again."),
    };
    let wide = usize::from(area.width).saturating_sub(2);
    let mut lines = vec![Line::default()];
    let told = wrapped(&sentence, wide).into_iter();
    lines.extend(told.map(|line| Line::styled(format!(" {line}"), styles.dim)));
    frame.render_widget(Paragraph::new(lines), area);
}

/// How the table stands on the page.
#[derive(Default)]
struct Scrolled {
    /// How far it can be scrolled.
    most: usize,
    /// The first and the last line that are seen, of so many, without the heading.
    seen: Option<(usize, usize, usize)>,
}

/// The shop, its address, and how the figures stand.
fn draw_header(frame: &mut Frame, area: Rect, model: &Model, now: Instant, styles: Styles) {
    let latest = model.latest.as_ref().map(|(overview, _)| overview);
    let at = latest.map(|overview| clock(&overview.at)).unwrap_or_default();
    let (state, style) = match (&model.link, model.old(now)) {
        (Link::Live, _) if latest.is_none() => (" Connecting ".to_owned(), styles.warn),
        (Link::Live, None) => (format!(" Live  {at} "), styles.good),
        (Link::Live, Some(old)) => (format!(" Waiting, {} old ", age(old)), styles.warn),
        (Link::Lost(_), Some(old)) => (format!(" Reconnecting, {} old ", age(old)), styles.bad),
        (Link::Lost(_), None) => (" Reconnecting ".to_owned(), styles.bad),
    };
    let wide = u16::try_from(state.chars().count()).unwrap_or(u16::MAX);
    let [left, right] = Layout::horizontal([Constraint::Min(0), Constraint::Length(wide)]).areas(area);
    let shop = latest.map_or("pawnshop", |overview| name(&overview.shop));
    let shop = Line::from(vec![
        Span::styled(format!(" {shop}"), styles.strong),
        Span::styled(format!("  {}", model.address), styles.dim),
    ]);
    frame.render_widget(shop, left);
    frame.render_widget(Line::styled(state, style).right_aligned(), right);
}

fn name(shop: &str) -> &str {
    shop.rsplit('/').next().unwrap_or(shop)
}

fn draw_body(
    frame: &mut Frame,
    area: Rect,
    model: &Model,
    overview: &Overview,
    now: Instant,
    styles: Styles,
) -> Scrolled {
    let roomy = frame.area().height >= ROOMY;
    let gap = Constraint::Length(u16::from(roomy));
    let told = told(model, overview, now, area);
    let told_lines = u16::try_from(told.len()).unwrap_or(u16::MAX);
    let figures = figure::height(frame.area());
    let below_notices = Constraint::Length(u16::from(roomy && told_lines > 0));
    let [_, notices, _, figures, _, sums, _, pools] = Layout::vertical([
        gap,
        Constraint::Length(told_lines),
        below_notices,
        Constraint::Length(figures),
        gap,
        Constraint::Length(1),
        gap,
        Constraint::Min(0),
    ])
    .areas(area);
    let old = model.old(now).is_some();
    let notice_style = if old { styles.bad } else { styles.warn };
    let told = told.into_iter().map(|line| Line::styled(format!(" {line}"), notice_style));
    frame.render_widget(Paragraph::new(told.collect::<Vec<_>>()), notices);
    let styles = if old { styles.dimmed() } else { styles };
    figure::draw(frame, figures, model, overview, styles);
    draw_totals(frame, sums, overview, styles);
    draw_table(frame, pools, model, overview, styles)
}

/// What to know before the figures: that they are old, and what they lack. A quarter of the page at most.
fn told(model: &Model, overview: &Overview, now: Instant, area: Rect) -> Vec<String> {
    let mut sentences = Vec::new();
    if model.old(now).is_some() {
        let at = clock(&overview.at);
        sentences.push(match &model.link {
            Link::Lost(why) => format!("These figures are of {at}: {why}. Trying again."),
            Link::Live => format!("These figures are of {at}: nothing has come since."),
        });
    }
    sentences.extend(notices(overview));
    let wide = usize::from(area.width).saturating_sub(2);
    let most = usize::from(area.height / 4).max(1);
    sentences.iter().flat_map(|sentence| wrapped(sentence, wide)).take(most).collect()
}

fn draw_totals(frame: &mut Frame, area: Rect, overview: &Overview, styles: Styles) {
    let mut spans = Vec::new();
    for figure in totals(overview) {
        spans.push(Span::styled(format!(" {} ", figure.name), styles.plain));
        let style = match figure.value.as_str() {
            UNKNOWN => styles.warn,
            value if figure.name == DEAD_LETTERED && value != "0" => styles.bad,
            _ => styles.strong,
        };
        spans.push(Span::styled(figure.value, style));
        spans.push(Span::styled(format!(" {}  ", figure.about), styles.dim));
    }
    frame.render_widget(Line::from(spans), area);
}

fn draw_table(frame: &mut Frame, area: Rect, model: &Model, overview: &Overview, styles: Styles) -> Scrolled {
    let wide = usize::from(area.width).saturating_sub(2);
    let lines = table::lines(overview, wide);
    let line = |line: &table::Line| {
        let style = match line.kind {
            Kind::Heading => styles.dim,
            Kind::Pool => styles.strong,
            Kind::Flow => styles.plain,
            Kind::Unknown => styles.warn,
            Kind::Reason => styles.dim,
        };
        Line::styled(format!(" {}", line.text), style)
    };
    let Some((heading, rows)) = lines.split_first() else { return Scrolled::default() };
    let [top, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    frame.render_widget(line(heading), top);
    let place = usize::from(rest.height);
    let most = rows.len().saturating_sub(place.max(1));
    let first = model.scroll.min(most);
    let seen = rows.iter().skip(first).take(place).map(line).collect::<Vec<_>>();
    let last = first + seen.len();
    frame.render_widget(Paragraph::new(seen), rest);
    Scrolled { most, seen: (most > 0).then_some((first + 1, last, rows.len())) }
}

fn draw_footer(frame: &mut Frame, area: Rect, scrolled: &Scrolled, help: bool, styles: Styles) {
    let mut keys = if help { " q leave  ? back" } else { " q leave  ? help" }.to_owned();
    if let Some((first, last, of)) = scrolled.seen {
        keys.push_str(&format!("  \u{2191}\u{2193} scroll  lines {first} to {last} of {of}"));
    }
    frame.render_widget(Line::styled(keys, styles.dim), area);
}

#[cfg(test)]
mod tests;
