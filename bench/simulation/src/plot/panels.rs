use super::axis::Axis;
use super::{GREY, OTHERS, OURS, document, line, text};
use std::fmt::Write;

/// How one pool went under one contestant: pairs of minute and figure.
pub struct Panel {
    /// Whose it is.
    pub name: String,
    /// Its backlog.
    pub backlog: Vec<(f64, f64)>,
    /// Its workers.
    pub workers: Vec<(f64, f64)>,
}

const WIDTH: u32 = 860;
const HEIGHT: u32 = 150;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 800.0;

/// Panels below one another, on the same axes: the backlog as an area, workers as a line.
pub fn panels(title: &str, minutes: (f64, f64), panels: &[Panel]) -> String {
    let x = Axis { range: minutes, place: (LEFT, RIGHT) };
    let all =
        |figures: fn(&Panel) -> &Vec<(f64, f64)>| panels.iter().flat_map(figures).map(|&(_, figure)| figure);
    let (mut body, mut top) = (String::new(), 40);
    for panel in panels {
        let place = (f64::from(top + HEIGHT - 30), f64::from(top + 24));
        let backlog = Axis::above(all(|panel| &panel.backlog), place);
        let workers = Axis::above(all(|panel| &panel.workers), place);
        body.push_str(&text(LEFT, place.1 - 8.0, "start", "#000", &panel.name));
        frame(&mut body, &x, &backlog, &workers);
        let steps = steps(&panel.backlog, &x, &backlog);
        let _ = writeln!(
            body,
            "<path d=\"M{LEFT:.1},{:.1} L{steps} V{:.1} Z\" fill=\"{OTHERS}\" fill-opacity=\"0.35\"/>",
            place.0, place.0
        );
        let steps = self::steps(&panel.workers, &x, &workers);
        let _ = writeln!(body, "<path d=\"M{steps}\" fill=\"none\" stroke=\"{OURS}\" stroke-width=\"2\"/>");
        top += HEIGHT;
    }
    body.push_str(&text((LEFT + RIGHT) / 2.0, f64::from(top + 6), "middle", GREY, "minutes"));
    document(WIDTH, top + 16, title, &body)
}

fn frame(body: &mut String, x: &Axis, backlog: &Axis, workers: &Axis) {
    let (bottom, _) = backlog.place;
    for tick in x.ticks() {
        body.push_str(&text(x.at(tick), bottom + 14.0, "middle", GREY, &format!("{tick}")));
    }
    for tick in backlog.ticks() {
        body.push_str(&line((LEFT, backlog.at(tick)), (RIGHT, backlog.at(tick)), "#ddd"));
        body.push_str(&text(LEFT - 6.0, backlog.at(tick) + 4.0, "end", OTHERS, &format!("{tick}")));
    }
    for tick in workers.ticks() {
        body.push_str(&text(RIGHT + 6.0, workers.at(tick) + 4.0, "start", OURS, &format!("{tick}")));
    }
}

/// A path that keeps each figure until the next; figures that stay the same add nothing.
fn steps(figures: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
    let mut path = String::new();
    let mut last = None;
    for &(minute, figure) in figures {
        if last.is_none() {
            let _ = write!(path, "{:.1},{:.1}", x.at(minute), y.at(figure));
        } else if last != Some(figure) {
            let _ = write!(path, " H{:.1} V{:.1}", x.at(minute), y.at(figure));
        }
        last = Some(figure);
    }
    if let Some((minute, _)) = figures.last() {
        let _ = write!(path, " H{:.1}", x.at(*minute));
    }
    path
}
