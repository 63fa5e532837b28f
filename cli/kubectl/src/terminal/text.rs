use anstyle::{AnsiColor, Style};
use std::fmt::Write;

pub(crate) const PLAIN: Style = Style::new();
/// Names.
pub(crate) const STRONG: Style = Style::new().bold();
/// What is there to guide the eye.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What may be of interest.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();

/// A text in parts of one style each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Vec<(Style, String)>);

impl Text {
    /// A text of one style.
    pub(crate) fn new(style: Style, text: impl Into<String>) -> Self {
        Self::default().then(style, text)
    }

    /// With a further part.
    pub(crate) fn then(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// Its lines, broken between words where they would be longer than `width` columns.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let width = width.unwrap_or(usize::MAX);
        let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
        // Spaces wait for the word after them: none ends a line.
        let mut spaces = "";
        for (style, text) in &self.0 {
            for (index, part) in text.split('\n').enumerate() {
                if index > 0 {
                    lines.push(std::mem::take(&mut line));
                    (used, spaces) = (0, "");
                }
                for word in part.split_inclusive(' ') {
                    let bare = word.trim_end_matches(' ');
                    let length = bare.chars().count();
                    if length > 0 {
                        if used > 0 && used + spaces.len() + length > width {
                            lines.push(std::mem::take(&mut line));
                            (used, spaces) = (0, "");
                        }
                        // Writing to a String cannot fail.
                        let _ = write!(line, "{spaces}{style}{bare}{style:#}");
                        used += spaces.len() + length;
                        spaces = "";
                    }
                    spaces = spaces_of(spaces.len() + word.len() - bare.len());
                }
            }
        }
        lines.push(line);
        lines
    }
}

/// So many spaces, as far as anything is set apart by them.
fn spaces_of(count: usize) -> &'static str {
    const SPACES: &str = "                                        ";
    SPACES.get(..count).unwrap_or(SPACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &Text, width: usize) -> Vec<String> {
        let lines = text.lines(Some(width));
        lines
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn a_text_is_broken_between_words_whatever_their_style() {
        let text = Text::new(STRONG, "a violin ").then(PLAIN, "and a cello\nof somebody");
        assert_eq!(plain(&text, 12), ["a violin and", "a cello", "of somebody"]);
        assert_eq!(plain(&text, 3), ["a", "violin", "and", "a", "cello", "of", "somebody"]);
    }

    #[test]
    fn a_style_ends_where_its_part_does() {
        let line = Text::new(BAD, "no").then(PLAIN, " yes").lines(None).remove(0);
        assert_eq!(line, "\u{1b}[31mno\u{1b}[0m yes");
        assert_eq!(Text::new(PLAIN, "two  apart ").lines(None), ["two  apart"]);
    }
}
