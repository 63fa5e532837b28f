//! The figures of one moment as plain text.

use super::document::Overview;
use super::table;
use super::words::{figures, moment, notices, totals};

/// The page, for where there is no terminal to draw on.
pub(super) fn snapshot(overview: &Overview, address: &str) -> String {
    let mut lines = vec![format!("{} at {address}, {}", overview.shop, moment(&overview.at)), String::new()];
    lines.extend(notices(overview));
    if lines.len() > 2 {
        lines.push(String::new());
    }
    let figures: Vec<_> = figures(overview).into_iter().chain(totals(overview)).collect();
    let wide = figures.iter().map(|figure| figure.value.chars().count()).max().unwrap_or(0);
    lines.extend(
        figures
            .iter()
            .map(|figure| format!("{:<13}  {:<wide$}  {}", figure.name, figure.value, figure.about)),
    );
    lines.push(String::new());
    lines.extend(table::lines(overview, usize::MAX).into_iter().map(|line| line.text));
    // Names come from elsewhere, and may not move a terminal's cursor.
    let shown = |line: &String| line.trim_end().replace(char::is_control, "\u{fffd}");
    lines.iter().map(shown).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::snapshot;
    use crate::commands::top::samples::{asleep, busy};

    #[test]
    fn a_snapshot_has_all_figures() {
        insta::assert_snapshot!(snapshot(&busy(), "http://127.0.0.1:8080"));
    }

    #[test]
    fn a_snapshot_tells_what_is_not_known() {
        insta::assert_snapshot!(snapshot(&asleep(), "http://127.0.0.1:8080"));
    }

    #[test]
    fn a_shop_cannot_write_to_the_terminal() {
        let mut overview = busy();
        overview.shop = "a\u{1b}[2Jb".to_owned();
        assert!(snapshot(&overview, "http://shop").starts_with("a\u{fffd}[2Jb at"));
    }
}
