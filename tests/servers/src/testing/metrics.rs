use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The most sets of labels that a process may have whatever is asked of it, a histogram's buckets being one.
const MOST_SERIES: usize = 500;

/// Holds what a process says at `/metrics` against the rules of Prometheus (`promtool check metrics`), and against our
/// own: no ids in labels, and a bounded number of series. Where there is no promtool, `test` notes that it was skipped.
///
/// # Panics
/// When there is a fault.
pub async fn assert_metrics_are_sound(test: &str, metrics: &str) {
    let series = || metrics.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let named = |line: &str, end| line.split(['{', ' ']).next().is_some_and(|name| name.ends_with(end));
    let sets = series().filter(|line| !named(line, "_bucket") && !named(line, "_sum")).count();
    assert!((1..MOST_SERIES).contains(&sets), "{sets} sets of labels:\n{metrics}");
    let values = series().flat_map(|line| line.split('"').skip(1).step_by(2));
    for value in values {
        assert!(!is_id(value), "a label holds an id: {value}");
    }
    let promtool = match crate::promtool() {
        Ok(promtool) => promtool,
        Err(why) => return crate::skip(test, &why),
    };
    let mut promtool = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).await.unwrap();
    let found = promtool.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&found.stdout) + String::from_utf8_lossy(&found.stderr);
    assert!(found.status.success(), "{said}\n{metrics}");
}

/// Whether this is a UUID, as all ids of ours are.
fn is_id(value: &str) -> bool {
    let is_hyphen = |at: usize| [8, 13, 18, 23].contains(&at);
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match is_hyphen(at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "a label holds an id")]
    async fn an_id_in_a_label_is_a_fault() {
        let metrics = "# HELP a_total A\n# TYPE a_total counter\n\
                       a_total{flow=\"item\",event=\"0197f0c2-7e5b-7cc3-8f8f-0123456789ab\"} 1\n";
        assert_metrics_are_sound("testing::metrics::an_id_in_a_label_is_a_fault", metrics).await;
    }

    #[tokio::test]
    async fn an_event_and_a_flow_are_told_apart() {
        assert!(!is_id("buy-actions") && !is_id("pawnshop-items-and-buy-actions-0001-"));
    }
}
