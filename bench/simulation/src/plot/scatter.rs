use super::axis::Axis;
use super::{GREY, OTHERS, OURS, document, line, text};
use std::fmt::Write;

/// A contestant's place.
pub(crate) struct Point {
    pub(crate) name: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// One of this project's.
    pub(crate) ours: bool,
}

const WIDTH: u32 = 900;
const HEIGHT: u32 = 460;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 500.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 400.0;

/// Numbered points on two linear axes that begin at 0, with their names and figures beside them.
pub(crate) fn scatter(title: &str, across: &str, up: &str, points: &[Point]) -> String {
    let x = Axis::above(points.iter().map(|point| point.x), (LEFT, RIGHT));
    let y = Axis::above(points.iter().map(|point| point.y), (BOTTOM, TOP));
    let mut body = String::new();
    for tick in y.ticks() {
        body.push_str(&line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), "#ddd"));
        body.push_str(&text(LEFT - 6.0, y.at(tick) + 4.0, "end", GREY, &format!("{tick}")));
    }
    for tick in x.ticks() {
        body.push_str(&line((x.at(tick), BOTTOM), (x.at(tick), BOTTOM + 4.0), GREY));
        body.push_str(&text(x.at(tick), BOTTOM + 18.0, "middle", GREY, &format!("{tick}")));
    }
    body.push_str(&text((LEFT + RIGHT) / 2.0, BOTTOM + 40.0, "middle", GREY, across));
    let _ = writeln!(
        body,
        "<text transform=\"translate(22,{:.1}) rotate(-90)\" text-anchor=\"middle\" fill=\"{GREY}\">{up}</text>",
        (TOP + BOTTOM) / 2.0
    );
    for (number, point) in points.iter().enumerate() {
        let (number, colour) = (number + 1, if point.ours { OURS } else { OTHERS });
        let (at_x, at_y) = (x.at(point.x), y.at(point.y));
        let _ = writeln!(
            body,
            "<circle cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"5\" fill=\"{colour}\" fill-opacity=\"0.7\"/>"
        );
        body.push_str(&text(at_x + 7.0, at_y - 5.0, "start", colour, &number.to_string()));
        let told = format!("{number}  {}: {:.0} / {:.2}", point.name, point.x, point.y);
        body.push_str(&text(RIGHT + 20.0, TOP + 22.0 * number as f64, "start", colour, &told));
    }
    document(WIDTH, HEIGHT, title, &body)
}
