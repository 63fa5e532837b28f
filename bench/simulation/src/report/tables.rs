use crate::Options;
use crate::load::Kind;
use crate::scaler::Contestant;
use crate::season::Season;
use crate::tally::Tally;
use std::fmt::Write;

/// The page of tables.
pub(super) fn page(options: &Options, season: &Season) -> String {
    let Options { pools, days, seed, events_per_message, start, grace, .. } = options;
    let mut page = format!(
        "# Simulation: figures\n\n\
         Written by `make simulate`; [SCALING.md](../SCALING.md#simulation) tells what was modelled. {days} days of {pools} pools \
         (seed {seed}), {events_per_message} events per message, pods that start in {start} s and have {grace} s to end.\n\n\
         ## All loads\n\n"
    );
    summary(&mut page, options, season);
    page.push_str(
        "\nLate: events that waited for longer until a worker began with them. Over: time in which the first event that waited had \
         waited for longer. Turns: changes of the number of workers against the direction of the one before. Hasty: workers removed \
         less than half a stabilisation window (150 s) after some were added. Stopped at work: the last worker was removed while events were unacknowledged. \
         Cut: events that were being handled for longer than the grace period allows when their worker was removed, and begin anew.\n\n\
         ![Worker-hours and time over 10 s](cost.svg)\n\n",
    );
    let (share, hours) = (|part: u64, all: u64| percent(part, all), |millis: u64| per_pool(millis, options));
    matrix(&mut page, "Events later than 10 s", &|kind| {
        season_of(season, kind, |t| share(t.late[0], t.events))
    });
    matrix(&mut page, "Events later than 60 s", &|kind| {
        season_of(season, kind, |t| share(t.late[1], t.events))
    });
    matrix(&mut page, "Hours over 60 s, per pool", &|kind| season_of(season, kind, |t| hours(t.over[1])));
    matrix(&mut page, "Worker-hours, per pool", &|kind| {
        season_of(season, kind, |t| format!("{:.0}", t.worker_seconds as f64 / 3_600.0 / of_a_kind(options)))
    });
    matrix(&mut page, "Turns, per pool and day", &|kind| {
        season_of(season, kind, |t| format!("{:.1}", t.turns as f64 / of_a_kind(options) / f64::from(*days)))
    });
    matrix(&mut page, "Stopped at work", &|kind| season_of(season, kind, |t| grouped(t.stopped_at_work)));
    page.push_str("## Loads\n\n");
    for kind in Kind::ALL {
        let _ = writeln!(page, "- **{}**: {}.", kind.name(), kind.about());
    }
    page.push_str("\n## Scenes\n\n![A burst](burst.svg)\n\n![Long handlers](long.svg)\n");
    page
}

fn summary(page: &mut String, options: &Options, season: &Season) {
    page.push_str(
        "| | late > 10 s | late > 60 s | over 10 s, h per pool | over 60 s, h per pool | worker-hours per pool | changes per pool and day | turns per pool and day | hasty | stopped at work | cut |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let pools = f64::from(options.pools);
    let pool_days = pools * f64::from(options.days);
    for (number, contestant) in Contestant::ALL.into_iter().enumerate() {
        let tally = season.all(number);
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.2} | {:.2} | {:.0} | {:.1} | {:.1} | {} | {} | {} |",
            contestant.name(),
            percent(tally.late[0], tally.events),
            percent(tally.late[1], tally.events),
            tally.over[0] as f64 / 3.6e6 / pools,
            tally.over[1] as f64 / 3.6e6 / pools,
            tally.worker_seconds as f64 / 3_600.0 / pools,
            tally.changes as f64 / pool_days,
            tally.turns as f64 / pool_days,
            grouped(tally.hasty),
            grouped(tally.stopped_at_work),
            grouped(tally.cut),
        );
    }
}

/// A table of one figure, by kind of load and contestant.
fn matrix(page: &mut String, title: &str, row: &dyn Fn(Kind) -> Vec<String>) {
    let names: Vec<_> = Contestant::ALL.into_iter().map(Contestant::name).collect();
    let _ = writeln!(page, "## {title}\n\n| | {} |\n|{}", names.join(" | "), "---|".repeat(names.len() + 1));
    for kind in Kind::ALL {
        let _ = writeln!(page, "| {} | {} |", kind.name(), row(kind).join(" | "));
    }
    page.push('\n');
}

fn season_of(season: &Season, kind: Kind, figure: impl Fn(&Tally) -> String) -> Vec<String> {
    (0..Contestant::ALL.len()).map(|contestant| figure(&season.of(contestant, kind))).collect()
}

fn of_a_kind(options: &Options) -> f64 {
    f64::from(options.pools) / Kind::ALL.len() as f64
}

fn per_pool(millis: u64, options: &Options) -> String {
    format!("{:.2}", millis as f64 / 3.6e6 / of_a_kind(options))
}

fn percent(part: u64, all: u64) -> String {
    match (part, all) {
        (0, _) | (_, 0) => "0".to_owned(),
        _ => format!("{:.3} %", part as f64 * 100.0 / all as f64),
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn nothing_is_told_as_nothing() {
        assert_eq!([percent(0, 5), percent(0, 0), percent(1, 8)], ["0", "0", "12.500 %"]);
    }
}
