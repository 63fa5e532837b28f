use crate::measure::accepted::{self, Writes};
use crate::measure::drain::Drain;
use crate::measure::reads::{self, Answers};
use crate::measure::sustained::{self, Soak};
use crate::measure::tracing;
use crate::plan::{CONCURRENCIES, FIXED_GROUP, READERS, WRITERS};
use crate::process::Memory;
use crate::statistics::{median_of, range_of};
use comfy_table::{CellAlignment, Table, presets};

pub(crate) fn accepted(rounds: &[accepted::Round], markdown: bool) -> String {
    let rows = CONCURRENCIES.iter().enumerate().map(|(place, concurrency)| {
        let writes: Vec<(&Writes, f64)> = rounds
            .iter()
            .filter_map(|round| Some((round.writes.get(place)?, round.raw_fixed_per_second)))
            .collect();
        let median = |figure: fn(&Writes) -> f64| median_of(&writes, |(writes, _)| figure(writes));
        vec![
            concurrency.to_string(),
            count(median(|writes| writes.per_second)),
            millis(median(|writes| writes.p50_ms)),
            millis(median(|writes| writes.p99_ms)),
            micros(median(|writes| writes.shop_cpu_micros)),
            micros(median(|writes| writes.generator_cpu_micros)),
            format!("{:.0}", median(|writes| writes.group)),
            count(median(|writes| writes.raw_per_second)),
            with_range(&writes, |(writes, _)| writes.ratio()),
            match *concurrency == FIXED_GROUP {
                true => with_range(&writes, |(writes, fixed)| writes.per_second / fixed),
                // So few connections can never fill such a group.
                false => "-".to_owned(),
            },
        ]
    });
    let title = format!(
        "Accepted: durable writes, workers paused; {} rounds, medians; an event is {:.0} bytes; raw commits of \
         {FIXED_GROUP}: {}/s; HTTP alone (/healthz, {WRITERS} connections): {}/s",
        rounds.len(),
        median_of(rounds, |round| round.event_bytes),
        count(median_of(rounds, |round| round.raw_fixed_per_second)),
        count(median_of(rounds, |round| round.probe_per_second)),
    );
    let fixed = format!("ratio to raw at {FIXED_GROUP}");
    let head = [
        "connections",
        "writes/s",
        "p50 ms",
        "p99 ms",
        "shop CPU us",
        "load CPU us",
        "events/commit",
        "raw, same group",
        "ratio (range)",
        &fixed,
    ];
    table(&title, &head, rows, markdown)
}

pub(crate) fn sustained(rounds: &[sustained::Round], markdown: bool) -> String {
    let median = |figure: fn(&sustained::Round) -> f64| median_of(rounds, figure);
    let row = vec![
        count(median(|round| round.per_second)),
        millis(median(|round| round.p50_ms)),
        millis(median(|round| round.p99_ms)),
        format!("{:.0}", median(|round| round.behind_ms)),
        micros(median(|round| round.shop_cpu_micros)),
        format!("{:.0}", median(|round| round.document_group)),
        count(median(|round| round.raw_per_second)),
        with_range(rounds, sustained::Round::ratio),
        count(median(|round| round.raw_fixed_per_second)),
        with_range(rounds, sustained::Round::ratio_fixed),
    ];
    let title = format!(
        "Sustained: accepted and applied, {WRITERS} connections; {} rounds of {} events, medians",
        rounds.len(),
        count(median(|round| round.events as f64)),
    );
    let fixed = format!("raw loop, {FIXED_GROUP}");
    let head = [
        "events/s",
        "p50 ms",
        "p99 ms",
        "behind ms",
        "shop CPU us",
        "documents/commit",
        "raw loop, same groups",
        "ratio (range)",
        &fixed,
        "ratio (range) ",
    ];
    table(&title, &head, [row], markdown)
}

pub(crate) fn tracing(rounds: &[tracing::Round], markdown: bool) -> String {
    let ways = rounds.first().into_iter().flatten().map(|shop| shop.traced);
    let rows = ways.enumerate().map(|(place, traced)| {
        // Beside the one that is not traced in the same round.
        let shops: Vec<(&tracing::Shop, &tracing::Shop)> =
            rounds.iter().filter_map(|round| Some((round.get(place)?, round.first()?))).collect();
        let median = |figure: fn(&tracing::Shop) -> f64| median_of(&shops, |(shop, _)| figure(shop));
        vec![
            traced.title().to_owned(),
            count(median(|shop| shop.per_second)),
            millis(median(|shop| shop.p99_ms)),
            micros(median(|shop| shop.shop_cpu_micros)),
            with_range(&shops, |(shop, off)| shop.per_second / off.per_second),
            with_range(&shops, |(shop, off)| shop.shop_cpu_micros / off.shop_cpu_micros),
            count(median(|shop| shop.spans)),
            count(median(|shop| shop.dropped)),
        ]
    });
    let title = format!(
        "Tracing: accepted and applied, {WRITERS} connections, by how much is traced; {} rounds, medians",
        rounds.len()
    );
    let head = [
        "traced",
        "events/s",
        "p99 ms",
        "shop CPU us",
        "ratio to off (range)",
        "CPU ratio to off (range)",
        "spans sent",
        "spans dropped",
    ];
    table(&title, &head, rows, markdown)
}

pub(crate) fn passing(soak: Option<&Soak>, drain: Option<&Drain>, markdown: bool) -> Option<String> {
    let mut rows = Vec::new();
    let mut row = |what: &str, events: u64, rate: f64, cpu: String, ratio: String, memory: &Memory| {
        let Memory { peak_mib, early_mib, late_mib } = memory;
        let course = format!("{early_mib:.0} to {late_mib:.0}");
        rows.push(vec![
            what.to_owned(),
            count(events as f64),
            count(rate),
            cpu,
            ratio,
            format!("{peak_mib:.0}"),
            course,
        ]);
    };
    let none = || "-".to_owned();
    if let Some(soak) = soak {
        let cpu = none();
        row("accepted and applied", soak.events, soak.per_second, cpu, none(), &soak.memory);
    }
    if let Some(drain) = drain {
        let built = drain.accepted_per_second;
        row("accepted, workers paused", drain.events, built, none(), none(), &drain.accepting);
        let ratio = format!("{:.2} of {}/s", drain.ratio(), count(drain.raw_per_second));
        let cpu = micros(drain.shop_cpu_micros);
        row("drained after a restart", drain.events, drain.drained_per_second, cpu, ratio, &drain.draining);
    }
    let head = [
        "all four flows",
        "events",
        "events/s",
        "shop CPU us",
        "to raw applies and deletes",
        "peak MiB",
        "early to late MiB",
    ];
    let title = "Memory and drain: events pass, a backlog is built, and drained";
    (!rows.is_empty()).then(|| table(title, &head, rows, markdown))
}

pub(crate) fn reads(rounds: &[reads::Round], markdown: bool) -> String {
    let row = |what: &str, answers: fn(&reads::Round) -> &Answers| {
        let median = |figure: fn(&Answers) -> f64| median_of(rounds, |round| figure(answers(round)));
        vec![
            what.to_owned(),
            count(median(|answers| answers.per_second)),
            millis(median(|answers| answers.p50_ms)),
            millis(median(|answers| answers.p99_ms)),
            micros(median(|answers| answers.shop_cpu_micros)),
            micros(median(|answers| answers.generator_cpu_micros)),
            with_range(rounds, |round| answers(round).per_second / round.health.per_second),
        ]
    };
    let rows = [
        row("an item by id with its 3 actions", |round| &round.item),
        row("a page of a category: 10 items, 30 actions", |round| &round.category),
        row("the probe /healthz, which reads nothing", |round| &round.health),
    ];
    let title = format!("Reads: {READERS} connections; {} rounds, medians", rounds.len());
    let head =
        ["read", "reads/s", "p50 ms", "p99 ms", "shop CPU us", "load CPU us", "ratio to the probe (range)"];
    table(&title, &head, rows, markdown)
}

/// A titled table; its first column is text, the others are figures.
pub(crate) fn table(
    title: &str,
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    markdown: bool,
) -> String {
    let mut table = Table::new();
    table.load_style(if markdown { presets::ASCII_MARKDOWN } else { presets::UTF8_FULL_CONDENSED });
    table.set_header(head.iter().map(|text| text.trim_end()));
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let title = if markdown { format!("**{title}**\n") } else { title.to_owned() };
    format!("{title}\n{table}")
}

/// A whole number with its thousands apart.
pub(crate) fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn millis(value: f64) -> String {
    format!("{value:.2}")
}

pub(crate) fn micros(value: f64) -> String {
    format!("{value:.1}")
}

pub(crate) fn with_range<T>(rounds: &[T], figure: impl Fn(&T) -> f64) -> String {
    let (least, most) = range_of(rounds, &figure);
    format!("{:.2} ({least:.2}-{most:.2})", median_of(rounds, &figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(["0", "999", "1,000", "1,234,568"], [0.0, 999.0, 1000.0, 1_234_567.8].map(count));
    }

    #[test]
    fn markdown_has_a_title_a_head_and_rows() {
        let text = table("T", &["a", "b"], [vec!["x".to_owned(), "1".to_owned()]], true);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["**T**", ""]);
        assert!(
            lines[2].starts_with("| a") && lines[3].starts_with("|--") && lines[4].contains("| x"),
            "{text}"
        );
    }
}
