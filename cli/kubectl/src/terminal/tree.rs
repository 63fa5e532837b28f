use super::{DIM, Text};

/// A part of something, and the parts that it has.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    text: Text,
    children: Vec<Self>,
}

impl Node {
    pub(crate) fn new(text: Text, children: Vec<Self>) -> Self {
        Self { text, children }
    }
}

/// The lines of a tree, wrapped to `width` columns below their branches.
pub(crate) fn lines(root: &Node, width: Option<usize>) -> Vec<String> {
    let mut lines = root.text.lines(width);
    branch(&root.children, "", width, &mut lines);
    lines
}

fn branch(children: &[Node], before: &str, width: Option<usize>, lines: &mut Vec<String>) {
    for (index, child) in children.iter().enumerate() {
        let is_last = index + 1 == children.len();
        let (first, rest) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let below = if child.children.is_empty() { "" } else { "│ " };
        // Text narrower than this is no easier to read than one that the terminal wraps.
        let room = width.map(|width| width.saturating_sub(before.chars().count() + 5).max(20));
        for (index, line) in child.text.lines(room).into_iter().enumerate() {
            let guide = if index == 0 { first.to_owned() } else { format!("{rest}{below}") };
            lines.push(format!("{DIM}{before}{guide}{DIM:#}{line}"));
        }
        branch(&child.children, &format!("{before}{rest}"), width, lines);
    }
}
