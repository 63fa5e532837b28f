//! Plots as SVG: pure, and the same bytes for the same figures.

mod axis;
mod panels;
mod scatter;

pub use panels::{Panel, panels};
pub(crate) use scatter::{Point, scatter};

const OURS: &str = "#0b6e4f";
const OTHERS: &str = "#b3541e";
const GREY: &str = "#666";

/// A document of this size; the text says how to draw without the reader's fonts and colours in the way.
fn document(width: u32, height: u32, title: &str, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>{title}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"16\" y=\"24\" font-size=\"15\">{title}</text>\n{body}</svg>\n"
    )
}

fn text(x: f64, y: f64, anchor: &str, colour: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{words}</text>\n")
}

fn line(from: (f64, f64), to: (f64, f64), colour: &str) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>\n")
}
