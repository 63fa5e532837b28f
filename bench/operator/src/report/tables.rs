use crate::measure::Round;
use comfy_table::{CellAlignment, Table, presets};

pub(crate) fn converge(rounds: &[Round], peer: usize, connections: usize, markdown: bool) -> String {
    let rows = rounds.iter().map(|round| {
        let (shops, converge) = (round.shops as f64, &round.converge);
        vec![
            count(shops),
            count(converge.objects as f64),
            seconds(converge.from_first_seconds),
            seconds(converge.from_last_seconds),
            format!("{:.1}", shops / converge.from_first_seconds),
            count(converge.reconciles / converge.from_first_seconds),
            format!("{:.1} / {:.1}", converge.reads / shops, converge.writes / shops),
            format!("{:.1}", converge.cpu_seconds * 1000.0 / shops),
            format!("{:.1}", round.peer_shops_per_second),
            format!("{:.2}", round.ratio()),
            seconds(converge.ready_seconds),
        ]
    });
    let title = format!(
        "Converging: the operator leads, then the shops are made; {connections} at once; the bare loop applies the \
         objects of {peer} shops at most"
    );
    let head = [
        "shops",
        "objects",
        "s from the first",
        "s from the last",
        "shops/s",
        "reconciles/s",
        "reads / writes a shop",
        "CPU ms a shop",
        "bare loop shops/s",
        "ratio",
        "s to Ready after the pods",
    ];
    table(&title, &head, rows, markdown)
}

pub(crate) fn rest(rounds: &[Round], markdown: bool) -> String {
    let rows = rounds.iter().map(|round| {
        let rest = &round.rest;
        vec![
            count(round.shops as f64),
            format!("{:.2}", rest.reads / rest.seconds),
            format!("{:.2}", rest.watches / rest.seconds),
            format!("{:.0} ({} audited)", rest.writes, rest.audited_writes),
            rest.lease_writes.to_string(),
            format!("{:.2}", (rest.served_reads + rest.served_watches) / rest.seconds),
            format!("{:.1}", rest.reconciles / rest.seconds),
            format!("{:.1}", rest.cpu_seconds * 1000.0 / rest.seconds),
            format!("{:.0}", rest.resident_mib),
            format!("{:.0}", rest.peak_mib),
        ]
    });
    let seconds = rounds.first().map_or(0.0, |round| round.rest.seconds);
    let title = format!("At rest: {seconds:.0} s in which nothing happens to any shop");
    let head = [
        "shops",
        "reads/s",
        "watches/s",
        "writes",
        "of the lease",
        "all reads the API server had, /s",
        "reconciles/s",
        "CPU ms/s",
        "RSS MiB",
        "peak MiB",
    ];
    table(&title, &head, rows, markdown)
}

pub(crate) fn restart(rounds: &[Round], markdown: bool) -> String {
    let rows = rounds.iter().map(|round| {
        let restart = &round.restart;
        vec![
            count(round.shops as f64),
            seconds(restart.ready_seconds),
            seconds(restart.leads_seconds),
            seconds(restart.done_seconds),
            count(restart.reconciles),
            count(restart.reads),
            restart.audited_writes.to_string(),
            format!("{:.1}", restart.cpu_seconds),
            format!("{:.0}", restart.resident_mib),
            format!("{:.0}", restart.peak_mib),
        ]
    });
    let head = [
        "shops",
        "s to ready",
        "s to the lease",
        "s until every shop is looked at",
        "reconciles",
        "reads",
        "writes",
        "CPU s",
        "RSS MiB",
        "peak MiB",
    ];
    table("Restart: killed, and started again over shops that are as they should be", &head, rows, markdown)
}

pub(crate) fn change(rounds: &[Round], markdown: bool) -> String {
    let rows = rounds.iter().map(|round| {
        let at = |part| format!("{:.0}", round.changes.percentile(part));
        vec![
            count(round.shops as f64),
            round.changes.milliseconds.len().to_string(),
            at(0.5),
            at(0.99),
            at(1.0),
        ]
    });
    let head = ["shops", "changes", "p50 ms", "p99 ms", "longest ms"];
    table(
        "One change: from the request that changes one shop until its Deployment is another",
        &head,
        rows,
        markdown,
    )
}

/// A number with its thousands set apart.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.1}")
}

pub(crate) fn table(
    title: &str,
    head: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    markdown: bool,
) -> String {
    let mut table = Table::new();
    table.load_style(if markdown { presets::ASCII_MARKDOWN } else { presets::UTF8_FULL_CONDENSED });
    table.set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let title = if markdown { format!("**{title}**\n") } else { title.to_owned() };
    format!("{title}\n{table}")
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([7.0, 65_000.0, 1_234_567.0].map(count), ["7", "65,000", "1,234,567"]);
    }
}
