//! The shop's own figures, read from its `/metrics` (Prometheus text format 0.0.4).

/// One reading of all metrics.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(String);

impl Metrics {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// How many events have ended so.
    pub(crate) fn settled(&self, outcome: &str) -> u64 {
        self.sum("pawnshop_worker_settled_total", &[("outcome", outcome)]) as u64
    }

    /// The sum over all series of this name that have all of these labels; 0 when there is none yet.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let wanted: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        let value = |line: &str| -> Option<f64> {
            let (series, value) = line.rsplit_once(' ')?;
            let (found, labels) = series.split_once('{').unwrap_or((series, ""));
            (found == name && wanted.iter().all(|label| labels.contains(label.as_str())))
                .then(|| value.parse().ok())
                .flatten()
        };
        // Not `sum`, which is -0 of nothing.
        self.0.lines().filter_map(value).reduce(|sum, value| sum + value).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_a_name_are_summed_by_label() {
        let text = "# TYPE a_total counter\na_total{flow=\"x\",outcome=\"applied\"} 3\na_total{flow=\"y\",outcome=\"applied\"} 4\n\
                    a_total{flow=\"y\",outcome=\"retried\"} 1\na_total_more 9\nb 2.5\n";
        let metrics = Metrics::new(text.to_owned());
        assert_eq!(metrics.sum("a_total", &[("outcome", "applied")]), 7.0);
        assert_eq!(metrics.sum("a_total", &[]), 8.0);
        assert_eq!(metrics.sum("b", &[]), 2.5);
        assert_eq!(metrics.sum("c", &[]), 0.0);
    }
}
