//! The series of shops and pools, which come and go: the recorder would keep theirs for as long as the process lives,
//! and with thousands of shops what it needs for each is most of this process's memory. Written as Prometheus text
//! (exposition format 0.0.4) when they are asked for.

use crate::children::ShopKey;
use crate::scaling::board::PoolKey;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

/// The bytes that a line has, about: a text that grew by itself would be copied, and take twice as many.
const LINE: usize = 128;

/// What is told of a shop or a pool.
type Figures<const N: usize> = [f64; N];

/// What a figure means.
pub(super) struct Meaning {
    /// The metric.
    pub(super) name: &'static str,
    /// `gauge` or `counter`.
    pub(super) kind: &'static str,
    /// For people.
    pub(super) help: &'static str,
    /// What tells it from other figures of the same metric, which stand beside it: empty, or `,name="value"`.
    pub(super) label: &'static str,
}

/// The labels of whose series it is, without those of [`Meaning`].
pub(super) trait Labelled: Ord + Clone {
    /// Writes `name="value"`, separated by commas; names of Kubernetes objects need no escapes.
    fn labels(&self, text: &mut String);
}

impl Labelled for ShopKey {
    fn labels(&self, text: &mut String) {
        // Writing to a String does not fail.
        let _ = write!(text, "namespace=\"{}\",shop=\"{}\"", self.0, self.1);
    }
}

impl Labelled for PoolKey {
    fn labels(&self, text: &mut String) {
        let Self { namespace, shop, pool } = self;
        let _ = write!(text, "namespace=\"{namespace}\",shop=\"{shop}\",pool=\"{pool}\"");
    }
}

/// Series of things that come and go, `N` of each.
pub(super) struct Series<K, const N: usize> {
    meanings: [Meaning; N],
    known: RwLock<BTreeMap<K, Figures<N>>>,
}

impl<K: Labelled, const N: usize> Series<K, N> {
    /// None yet.
    pub(super) const fn new(meanings: [Meaning; N]) -> Self {
        Self { meanings, known: RwLock::new(BTreeMap::new()) }
    }

    /// Changes what is told of this one. What was never told of it is not a number, or 0 where it is counted.
    pub(super) fn tell(&self, of: &K, change: impl FnOnce(&mut Figures<N>)) {
        let mut known = self.write();
        match known.get_mut(of) {
            Some(figures) => change(figures),
            None => {
                let mut figures =
                    self.meanings.each_ref().map(|of| if of.kind == "counter" { 0.0 } else { f64::NAN });
                change(&mut figures);
                known.insert(of.clone(), figures);
            }
        }
    }

    /// It is gone, and its series with it.
    pub(super) fn forget(&self, of: &K) {
        self.write().remove(of);
    }

    /// All of which this holds are gone.
    pub(super) fn forget_all(&self, is_gone: impl Fn(&K) -> bool) {
        self.write().retain(|of, _| !is_gone(of));
    }

    /// Writes all of them.
    pub(super) fn render(&self, text: &mut String) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        text.reserve(known.len() * N * LINE);
        let mut before = "";
        for (index, Meaning { name, kind, help, label }) in self.meanings.iter().enumerate() {
            // Those of the same metric stand side by side.
            if *name != before && !known.is_empty() {
                let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
                before = name;
            }
            for (of, figures) in known.iter() {
                let _ = write!(text, "{name}{{");
                of.labels(text);
                let _ = writeln!(text, "{label}}} {}", figures[index]);
            }
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<K, Figures<N>>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series<ShopKey, 3> {
        let meaning = |name, kind, label| Meaning {
            name,
            kind,
            help: if kind == "gauge" { "One" } else { "Two" },
            label,
        };
        Series::new([
            meaning("one", "gauge", ""),
            meaning("two_total", "counter", ",way=\"out\""),
            meaning("two_total", "counter", ",way=\"in\""),
        ])
    }

    #[test]
    fn what_is_told_is_written_by_metric_and_is_gone_when_it_is_forgotten() {
        let series = series();
        let shop = |name: &str| ("town".to_owned(), name.to_owned());
        let text = |series: &Series<ShopKey, 3>| {
            let mut text = String::new();
            series.render(&mut text);
            text
        };
        assert_eq!(text(&series), "");
        series.tell(&shop("b"), |[_, out, _]| *out += 1.0);
        series.tell(&shop("a"), |[one, ..]| *one = 2.5);
        series.tell(&shop("b"), |[_, out, _]| *out += 1.0);
        assert_eq!(
            text(&series),
            "# HELP one One\n# TYPE one gauge\n\
             one{namespace=\"town\",shop=\"a\"} 2.5\n\
             one{namespace=\"town\",shop=\"b\"} NaN\n\
             # HELP two_total Two\n# TYPE two_total counter\n\
             two_total{namespace=\"town\",shop=\"a\",way=\"out\"} 0\n\
             two_total{namespace=\"town\",shop=\"b\",way=\"out\"} 2\n\
             two_total{namespace=\"town\",shop=\"a\",way=\"in\"} 0\n\
             two_total{namespace=\"town\",shop=\"b\",way=\"in\"} 0\n"
        );
        series.forget(&shop("b"));
        assert!(!text(&series).contains("\"b\""));
        series.forget_all(|(_, name)| name == "a");
        assert_eq!(text(&series), "");
    }
}
