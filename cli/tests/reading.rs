//! `pawnshop get`, `dlq` and `load` against a running shop.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
mod tests {
    use super::support::{Said, Up, examples, pawnshop, run, said, skip, wait};
    use serde_json::Value;
    use std::process::Command;

    fn item(id: &str, name: &str) -> String {
        format!(
            r#"{{"id":"{id}","name":"{name}","category":"Reading","price":5,"state":"New","ageInMonths":0}}"#
        )
    }

    #[test]
    fn an_item_and_an_outcome_are_got_as_table_and_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let (status, _, body) = up.post("/item/add", "Prefer: wait=30\r\n", &item("a book", "Atlas"));
        assert_eq!(status, 201, "{body}");
        let event = serde_json::from_str::<Value>(&body).unwrap()["eventId"].as_str().unwrap().to_owned();
        let get = |arguments: &[&str]| run(&[&["get"], arguments, &["--url", &up.url()]].concat());

        let table = get(&["item", "a book"]);
        assert_eq!(table.code, Some(0), "{}", table.err);
        assert!(table.out.contains("Atlas") && table.out.starts_with("FIELD"), "{}", table.out);
        let json = get(&["item", "a book", "--output", "json"]);
        assert_eq!(serde_json::from_str::<Value>(&json.out).unwrap()["item"]["name"], "Atlas");
        let outcome = get(&["event", &event, "--flow", "item", "--output", "json"]);
        assert_eq!(serde_json::from_str::<Value>(&outcome.out).unwrap()["outcome"], "applied");

        let missing = get(&["item", "b"]);
        assert_eq!(missing.code, Some(1));
        assert!(missing.err.contains("there is no item \"b\""), "{}", missing.err);
    }

    #[test]
    fn a_kept_letter_is_listed_shown_replayed_and_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let data = folder.path().to_str().unwrap();
        let dlq = |arguments: &[&str]| -> Said { run(&[&["dlq"], arguments, &["--data", data]].concat()) };
        assert_eq!(dlq(&["list"]).out, "no dead letters\n");

        // A key that is used again for something else is kept beside the dead letters.
        let key = "Idempotency-Key: one\r\nPrefer: wait=30\r\n";
        assert_eq!(up.post("/item/add", key, &item("first", "Atlas")).0, 201);
        assert_eq!(up.post("/item/add", key, &item("second", "Novel")).0, 422);

        let listed = dlq(&["list", "--output", "json"]);
        let letters: Vec<Value> = serde_json::from_str(&listed.out).unwrap();
        assert_eq!(letters.len(), 1, "{}", listed.out);
        let id = letters[0]["id"].as_str().unwrap();
        assert!(dlq(&["list"]).out.contains(id));
        assert_eq!(dlq(&["list", "--flow", "buy-actions"]).out, "no dead letters\n");
        let shown = dlq(&["show", id]);
        assert!(shown.out.contains("item") && shown.out.contains(id), "{}", shown.out);
        assert_eq!(dlq(&["replay", id]).out, format!("{id} replayed\n"));

        let unasked = dlq(&["drop", "--all"]);
        assert_eq!(unasked.code, Some(1));
        assert!(unasked.err.contains("give --yes"), "{}", unasked.err);
        assert_eq!(dlq(&["drop", "--all", "--flow", "item", "--yes"]).code, Some(0));
        let gone = dlq(&["drop", id]);
        assert_eq!(gone.code, Some(1));
        assert!(gone.err.contains("1 of 1 not dropped"), "{}", gone.err);
    }

    #[test]
    fn without_a_running_shop_dlq_says_where_it_looked() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = said(pawnshop(&["dlq", "list", "--data"]).arg(folder.path()).output().unwrap());
        assert_eq!(nothing.code, Some(1));
        assert!(
            nothing.err.contains("no running shop in") && nothing.err.contains("admin.addr"),
            "{}",
            nothing.err
        );
    }

    #[test]
    fn after_a_crash_dlq_says_that_the_shop_may_have_ended() {
        let folder = tempfile::tempdir().unwrap();
        Up::start(folder.path(), &[]).stop("-KILL");
        let gone = said(pawnshop(&["dlq", "list", "--data"]).arg(folder.path()).output().unwrap());
        assert_eq!(gone.code, Some(1));
        assert!(gone.err.contains("cannot connect to http://127.0.0.1:"), "{}", gone.err);
        assert!(gone.err.contains("it may have ended"), "{}", gone.err);
    }

    #[test]
    fn load_measures_and_reads_back_in_both_modes() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        for mode in [["--concurrency", "8"], ["--rate", "100"]] {
            let load = ["load", "--duration", "1s", "--read-share", "0.3", "--verify", "200", "--url"];
            let load = said(pawnshop(&load).arg(up.url()).args(mode).output().unwrap());
            assert_eq!(load.code, Some(0), "{load:?}");
            for words in ["writes", "reads", "p99.9", "errors            0", "0 not, in"] {
                assert!(load.out.contains(words), "{words} in {}", load.out);
            }
        }
    }

    #[test]
    fn load_reports_what_it_has_when_it_is_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let child = pawnshop(&["load", "--duration", "10m", "--concurrency", "2", "--url", &up.url()])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        wait(|| (up.count("Reading") > 0).then_some(()));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let load = said(child.wait_with_output().unwrap());
        assert_eq!(load.code, Some(0), "{load:?}");
        assert!(load.out.contains("checked"), "{}", load.out);
    }

    #[test]
    fn the_curl_tour_goes_as_told() {
        if Command::new("curl").arg("--version").output().is_err() {
            return skip("the curl tour: curl is not installed");
        }
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        for _ in 0..2 {
            let tour = said(Command::new(examples().join("curl-tour.sh")).arg(up.url()).output().unwrap());
            assert_eq!(tour.code, Some(0), "{}\n{}", tour.out, tour.err);
        }
    }
}
