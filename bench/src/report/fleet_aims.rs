use super::aims::Aim;
use super::fleet::{p50_by_direct, p99_by_raw, ratios};
use crate::fleet::contestants::Contestant::{self, Fastify, OneEventPerMessage, Pawnshop, Raw};
use crate::fleet::gateway::{RAW_IN_FLIGHT, Sample};
use crate::fleet::half_load::Case;
use crate::fleet::reads::{self, Way};
use crate::fleet::{Figures, drain};
use crate::plan::WRITERS;
use crate::statistics::{median, median_of};

/// What noise may take from "no slower".
const NOISE: f64 = 0.05;

/// The fleet's aims that this run can speak of. A floor is what a first trial of the design reached.
pub(crate) fn judge(figures: &Figures) -> Vec<Aim> {
    let mut aims = Vec::new();
    if let Some(gateway) = &figures.gateway {
        let ratio = |other: (Contestant, usize), figure: fn(&Sample) -> f64| {
            median(&ratios(&gateway.samples, (Pawnshop, WRITERS), other, figure)).unwrap_or(0.0)
        };
        let (raw, fastify) = ((Raw, RAW_IN_FLIGHT), (Fastify, WRITERS));
        let at = format!("{WRITERS} connections");
        aims.extend([
            at_least(
                format!("gateway, {at}: requests/s by the raw loop's"),
                ratio(raw, |sample| sample.per_second),
                2.0,
                Some(1.58),
            ),
            at_least(
                format!("gateway, {at}: requests/s by Fastify's"),
                ratio(fastify, |sample| sample.per_second),
                4.0,
                Some(3.0),
            ),
            at_most(
                format!("gateway, {at}: CPU per request by Fastify's"),
                ratio(fastify, |sample| sample.cpu_micros),
                0.3,
                Some(0.32),
            ),
            at_most(
                format!("gateway, {at}: p99 by Fastify's"),
                ratio(fastify, |sample| sample.p99_ms),
                0.4,
                Some(0.45),
            ),
        ]);
        let single =
            ratios(&gateway.samples, (Pawnshop, 1), (OneEventPerMessage, 1), |sample| sample.per_second);
        let what = "gateway, 1 connection: requests/s by those of one event a message, 5 % for noise";
        aims.push(at_least(what.to_owned(), median(&single).unwrap_or(0.0), 1.0 - NOISE, None));
        let half = median(&p99_by_raw(&gateway.half_load, Case::Pawnshop)).unwrap_or(0.0);
        aims.push(at_most(
            "gateway: p99 at half load by the raw loop's at its own".to_owned(),
            half,
            1.5,
            None,
        ));
    }
    if !figures.drain.is_empty() {
        let ratio = median_of(&figures.drain, drain::Round::ratio);
        aims.push(at_least("drain: events/s by raw insert_many(1000)".to_owned(), ratio, 0.85, None));
    }
    if !figures.reads.is_empty() {
        aims.extend(reads::CONCURRENCIES.into_iter().map(|concurrency| {
            let ratios = p50_by_direct(&figures.reads, Way::Fleet, concurrency);
            let what = format!("reads, {concurrency} at once: p50 by that of direct finds");
            at_most(what, median(&ratios).unwrap_or(0.0), 2.0, None)
        }));
    }
    aims
}

fn at_least(what: String, reached: f64, aim: f64, floor: Option<f64>) -> Aim {
    // Cut and not rounded: 1.998 is not 2.00.
    let cut = (reached * 100.0).floor() / 100.0;
    let floor_kept = floor.map(|floor| reached >= floor);
    Aim { what, aim: bound(">=", aim, floor), reached: format!("{cut:.2}"), met: reached >= aim, floor_kept }
}

fn at_most(what: String, reached: f64, aim: f64, floor: Option<f64>) -> Aim {
    let cut = (reached * 100.0).ceil() / 100.0;
    let floor_kept = floor.map(|floor| reached <= floor);
    Aim { what, aim: bound("<=", aim, floor), reached: format!("{cut:.2}"), met: reached <= aim, floor_kept }
}

fn bound(sign: &str, aim: f64, floor: Option<f64>) -> String {
    let floor = floor.map(|floor| format!(" (floor {floor:.2})")).unwrap_or_default();
    format!("{sign} {aim:.2}{floor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_just_short_of_its_aim_is_shown_short_and_missed() {
        let aim = at_least("x".to_owned(), 1.999, 2.0, Some(1.58));
        assert_eq!((aim.reached.as_str(), aim.met, aim.floor_kept), ("1.99", false, Some(true)));
        let aim = at_most("x".to_owned(), 0.401, 0.4, Some(0.45));
        assert_eq!((aim.reached.as_str(), aim.met, aim.floor_kept), ("0.41", false, Some(true)));
    }

    #[test]
    fn a_run_without_a_part_judges_nothing_of_it() {
        assert!(judge(&Figures::default()).is_empty());
    }
}
