//! The pools and their flows as lines of text, as wide as there is room.

use super::document::{Backlog, Flow, Overview, Pool};
use super::words::{UNKNOWN, duration, pool_state};
use crate::terminal::grouped;

/// A line of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: Kind,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    Pool,
    /// A pool, or a flow, of which something is not known.
    Unknown,
    Flow,
    /// Why it is not known.
    Reason,
}

/// A column, how it is called, and when it gives way to others: the highest first, 0 never.
struct Column {
    name: &'static str,
    gives_way: u8,
    value: fn(&Flow) -> String,
}

static COLUMNS: [Column; 8] = [
    Column { name: "POOL, FLOW", gives_way: 0, value: |flow| format!("  {}", flow.name) },
    Column { name: "BACKLOG", gives_way: 0, value: |flow| backlog(&flow.backlog) },
    Column { name: "APPLIED", gives_way: 2, value: |flow| settled(flow.settled.map(|all| all.applied)) },
    Column { name: "REJECTED", gives_way: 4, value: |flow| settled(flow.settled.map(|all| all.rejected)) },
    Column {
        name: "DEAD-LETTERED",
        gives_way: 1,
        value: |flow| settled(flow.settled.map(|all| all.dead_lettered)),
    },
    Column { name: "RETRIED", gives_way: 6, value: |flow| settled(flow.settled.map(|all| all.retried)) },
    Column { name: "AGE", gives_way: 3, value: |flow| age(flow.event_age.map(|age| age.mean_seconds)) },
    Column { name: "OLDEST", gives_way: 5, value: |flow| age(flow.event_age.map(|age| age.max_seconds)) },
];

const BETWEEN: usize = 2;

/// A heading, then every pool with its flows. Columns give way where `width` has no room for all of them.
pub(super) fn lines(overview: &Overview, width: usize) -> Vec<Line> {
    let flows: Vec<&Flow> = overview.pools.iter().flat_map(|pool| &pool.flows).collect();
    let columns = fitting(&flows, width);
    let heading = row(&columns, |column| column.name.to_owned());
    let mut lines = vec![Line { kind: Kind::Heading, text: heading }];
    for pool in &overview.pools {
        lines.push(title(pool));
        if let Backlog::Unknown(reason) = &pool.backlog {
            lines.push(Line { kind: Kind::Reason, text: format!("  {reason}") });
        }
        lines.extend(pool.flows.iter().map(|flow| Line {
            kind: if flow.backlog.known().is_some() { Kind::Flow } else { Kind::Unknown },
            text: row(&columns, |column| (column.value)(flow)),
        }));
    }
    lines
}

fn title(pool: &Pool) -> Line {
    let (workers, state) = pool_state(pool);
    let known = pool.processes > 0 && pool.backlog.known().is_some();
    Line {
        kind: if known { Kind::Pool } else { Kind::Unknown },
        text: format!("{}  {workers}  {state}  backlog {}", pool.name, backlog(&pool.backlog)),
    }
}

/// The columns that there is room for, with their widths.
fn fitting(flows: &[&Flow], width: usize) -> Vec<(&'static Column, usize)> {
    let wide = |column: &Column| {
        let values = flows.iter().map(|flow| (column.value)(flow).chars().count());
        values.max().unwrap_or(0).max(column.name.len())
    };
    let mut columns: Vec<_> = COLUMNS.iter().map(|column| (column, wide(column))).collect();
    let taken = |columns: &[(&Column, usize)]| {
        columns.iter().map(|(_, wide)| wide + BETWEEN).sum::<usize>().saturating_sub(BETWEEN)
    };
    while taken(&columns) > width {
        let first = columns.iter().enumerate().max_by_key(|(_, (column, _))| column.gives_way);
        match first {
            Some((at, (column, _))) if column.gives_way > 0 => {
                columns.remove(at);
            }
            _ => break,
        }
    }
    columns
}

/// Names to the left, figures to the right of their columns.
fn row(columns: &[(&'static Column, usize)], value: impl Fn(&Column) -> String) -> String {
    let mut row = String::new();
    for (at, &(column, wide)) in columns.iter().enumerate() {
        let value = value(column);
        match at {
            0 => row.push_str(&format!("{value:<wide$}")),
            _ => row.push_str(&format!("{:BETWEEN$}{value:>wide$}", "")),
        }
    }
    row
}

fn backlog(backlog: &Backlog) -> String {
    backlog.known().map_or_else(|| UNKNOWN.to_owned(), grouped)
}

fn settled(events: Option<u64>) -> String {
    events.map_or_else(|| "?".to_owned(), grouped)
}

fn age(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "\u{2013}".to_owned(), duration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::top::samples::{asleep, busy};

    fn text(overview: &Overview, width: usize) -> String {
        lines(overview, width).into_iter().map(|line| line.text + "\n").collect()
    }

    #[test]
    fn every_flow_stands_below_its_pool() {
        insta::assert_snapshot!(text(&busy(), 100));
    }

    #[test]
    fn what_is_not_known_is_told_with_its_reason() {
        insta::assert_snapshot!(text(&asleep(), 100));
    }

    #[test]
    fn where_there_is_little_room_columns_give_way() {
        for (width, kept) in [(80, 8), (78, 7), (60, 5), (40, 3), (30, 2), (0, 2)] {
            let lines = lines(&busy(), width);
            assert_eq!(lines[0].text.split_whitespace().count(), kept + 1, "{width}: {:?}", lines[0].text);
            assert!(width == 0 || lines[0].text.len() <= width, "{width}");
        }
    }
}
