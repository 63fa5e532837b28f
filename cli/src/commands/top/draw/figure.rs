//! The figures of the whole shop, each with its plot.

use super::super::document::Overview;
use super::super::model::{Model, Sample};
use super::super::words::{Figure, UNKNOWN, figures};
use super::ROOMY;
use super::style::Styles;
use super::wrap::wrapped;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline};

/// Below this the figures stand one under another.
const WIDE: u16 = 60;
const TALL: u16 = 16;

const SENTENCE: u16 = 3;
const VALUE: u16 = 17;

/// What a plot shows of a sample.
type Of = fn(&Sample) -> Option<f64>;

const PLOTS: [Of; 3] = [|sample| sample.writes, |sample| sample.age, |sample| sample.backlog];

/// How many lines the figures take of such a page.
pub(super) fn height(page: Rect) -> u16 {
    match page {
        page if !side_by_side(page) => 3,
        page if page.height >= ROOMY => 2 + 3 + SENTENCE,
        _ => 2 + 2,
    }
}

fn side_by_side(page: Rect) -> bool {
    page.width >= WIDE && page.height >= TALL
}

/// Draws them, beside one another where there is room.
pub(super) fn draw(frame: &mut Frame, area: Rect, model: &Model, overview: &Overview, styles: Styles) {
    let figures = figures(overview).into_iter().zip(PLOTS);
    if side_by_side(frame.area()) {
        let [_, inner, _] =
            Layout::horizontal([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)])
                .areas(area);
        let places = Layout::horizontal([Constraint::Fill(1); 3]).spacing(2).areas::<3>(inner);
        for ((figure, of), place) in figures.zip(places) {
            draw_tall(frame, place, &figure, &values(model, of), styles);
        }
        return;
    }
    let places = Layout::vertical([Constraint::Length(1); 3]).areas::<3>(area);
    for ((figure, of), place) in figures.zip(places) {
        draw_low(frame, place, &figure, &values(model, of), styles);
    }
}

fn values(model: &Model, of: Of) -> Vec<Option<f64>> {
    model.samples.iter().map(of).collect()
}

fn draw_tall(frame: &mut Frame, area: Rect, figure: &Figure, values: &[Option<f64>], styles: Styles) {
    let sentence = if frame.area().height >= ROOMY { SENTENCE } else { 0 };
    let [name, value, plot, about] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(sentence),
    ])
    .areas(area);
    frame.render_widget(Line::styled(figure.name, styles.plain), name);
    frame.render_widget(Line::styled(figure.value.as_str(), value_style(figure, styles)), value);
    draw_plot(frame, plot, values, styles);
    let lines = wrapped(&figure.about, usize::from(about.width));
    let lines = lines.into_iter().map(|line| Line::styled(line, styles.dim));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), about);
}

fn value_style(figure: &Figure, styles: Styles) -> Style {
    if figure.value == UNKNOWN { styles.warn } else { styles.strong }
}

fn draw_low(frame: &mut Frame, area: Rect, figure: &Figure, values: &[Option<f64>], styles: Styles) {
    let [name, value, plot] =
        Layout::horizontal([Constraint::Length(12), Constraint::Length(VALUE), Constraint::Min(0)])
            .areas(area);
    frame.render_widget(Span::styled(format!(" {}", figure.name), styles.plain), name);
    frame.render_widget(Span::styled(figure.value.as_str(), value_style(figure, styles)), value);
    draw_plot(frame, plot, values, styles);
}

/// A column a second, the newest at the right. A zero is the lowest bar; what is not known is a gap.
fn draw_plot(frame: &mut Frame, area: Rect, values: &[Option<f64>], styles: Styles) {
    let place = usize::from(area.width);
    let shown = &values[values.len().saturating_sub(place)..];
    let most = shown.iter().flatten().copied().fold(0.0, f64::max);
    let steps = f64::from(area.height) * 8.0;
    let bar = |value: f64| if most > 0.0 { 1 + (value / most * (steps - 1.0)).round() as u64 } else { 1 };
    let bars = std::iter::repeat_n(None, place - shown.len()).chain(shown.iter().map(|value| value.map(bar)));
    let bars: Vec<Option<u64>> = bars.collect();
    let plot = Sparkline::default().data(bars).max(steps as u64).style(styles.plot).absent_value_symbol(" ");
    frame.render_widget(plot, area);
}
