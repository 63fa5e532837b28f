use ratatui::style::{Color, Modifier, Style};

/// The few looks of the page; words alone carry what they mean.
#[derive(Clone, Copy)]
pub(super) struct Styles {
    pub(super) plain: Style,
    pub(super) strong: Style,
    pub(super) dim: Style,
    pub(super) good: Style,
    pub(super) warn: Style,
    pub(super) bad: Style,
    pub(super) plot: Style,
}

impl Styles {
    pub(super) fn new(colours: bool) -> Self {
        let coloured = |colour| if colours { Style::new().fg(colour) } else { Style::new() };
        Self {
            plain: Style::new(),
            strong: Style::new().add_modifier(Modifier::BOLD),
            dim: Style::new().add_modifier(Modifier::DIM),
            good: coloured(Color::Green),
            warn: coloured(Color::Yellow),
            bad: coloured(Color::Red).add_modifier(Modifier::BOLD),
            plot: coloured(Color::Cyan),
        }
    }

    /// Everything dim: for figures that are old.
    pub(super) fn dimmed(self) -> Self {
        let dim = self.dim;
        Self { plain: dim, strong: dim, dim, good: dim, warn: dim, bad: dim, plot: dim }
    }
}
