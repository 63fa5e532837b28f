//! `pawnshop import`: rows in, faults told, twice the same as once.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
mod tests {
    use super::support::{Said, Up, examples, pawnshop, said, skip, wait};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    const HEADER: &str = "id,name,category,price,state,ageInMonths";

    fn import(up: &Up, file: &std::path::Path, more: &[&str]) -> Said {
        said(pawnshop(&["import", "--url", &up.url()]).args(more).arg(file).output().unwrap())
    }

    #[test]
    fn the_cars_come_in_are_found_by_category_and_name_and_twice_is_once() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let file = examples().join("cars.csv");
        let mapping = [
            "--column=name=Name",
            "--column=price=Weight_in_lbs",
            "--scale=price=100",
            "--column=ageInMonths=Age_in_months",
            "--set=category=Motor",
            "--set=state=Good",
        ];
        for _ in 0..2 {
            let done = import(&up, &file, &mapping);
            assert_eq!((done.code, done.err.as_str()), (Some(0), "406 rows: 406 applied, 0 faults\n"));
            assert_eq!(up.count("Motor"), 406);
        }
        let (_, _, found) = up.get("/item/fetch?name=datsun%20280-zx");
        assert!(found.contains(r#""price":291000"#) && found.contains(r#""ageInMonths":36"#), "{found}");
    }

    #[test]
    fn the_example_that_imports_the_cars_finds_them() {
        if Command::new("curl").arg("--version").output().is_err() {
            return skip("the import of the cars by script: curl is not installed");
        }
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let script = Command::new(examples().join("import-cars.sh"))
            .arg(up.url())
            .env("PAWNSHOP", env!("CARGO_BIN_EXE_pawnshop"))
            .output()
            .unwrap();
        let done = said(script);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.out.contains("datsun 280-zx"), "{}", done.out);
    }

    #[test]
    fn identical_rows_are_as_many_items() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(&folder.path().join("data"), &[]);
        let file = folder.path().join("rings.csv");
        std::fs::write(&file, format!("{HEADER}\n{}", ",Ring,Jewelry,100,New,1\n".repeat(3))).unwrap();
        for _ in 0..2 {
            assert_eq!(import(&up, &file, &[]).code, Some(0));
            assert_eq!(up.count("Jewelry"), 3);
        }
    }

    #[test]
    fn each_fault_is_told_by_file_and_line_and_the_other_rows_are_in() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(&folder.path().join("data"), &[]);
        let file = folder.path().join("items.csv");
        let rows = [
            HEADER,
            "a,Ring,Jewelry,100,New,1",
            "b,Lamp,Furniture,-5,New,1",
            "c,Vase,Decoration,1.5,New,1",
            "d,Vase,Decoration",
            "a,Another ring,Jewelry,100,New,1",
            "\"e\",\"A\nlong name\",Decoration,1,New,1",
            "f,Rug,decoration,1,good,1",
        ];
        std::fs::write(&file, rows.join("\r\n")).unwrap();
        let with_blank_lines = format!("{HEADER}\n\n\na,Ring\n");
        // One after the other, so that the first "a" is the one that stays.
        let done = import(&up, &file, &["--concurrency=1"]);
        assert_eq!(done.code, Some(1));
        let name = file.to_str().unwrap();
        for fault in [
            ":3: category must be one of Reading, Collection, Decoration, Clothing, Jewelry, Motor, Electronics; price must be 0 or more",
            ":4: price: \"1.5\" is not a whole number; --scale FIELD=100 would make 12.50 into 1250",
            ":5: 3 fields where the header has 6",
            ":6: the item \"a\" exists with other content",
        ] {
            assert!(done.err.contains(&format!("{name}{fault}\n")), "{fault} in\n{}", done.err);
        }
        assert!(done.err.contains(&format!("{name}:7: name ")), "a name with a line break: {}", done.err);
        assert!(done.err.ends_with("7 rows: 2 applied, 5 faults\n"), "{}", done.err);
        assert_eq!(up.get("/item/fetch/f").0, 200);
        std::fs::write(&file, with_blank_lines).unwrap();
        assert!(import(&up, &file, &[]).err.contains(":4: 2 fields"), "blank lines count");
    }

    #[test]
    fn columns_that_are_not_there_end_it_with_those_that_are() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(&folder.path().join("data"), &[]);
        let done = import(&up, &examples().join("cars.csv"), &["--column=name=Nmae", "--set=category=Motor"]);
        assert_eq!(done.code, Some(1));
        assert!(
            done.err.contains(
                "no column \"Nmae\" for name; nothing for price, state, ageInMonths: give --column FIELD=COLUMN or \
                 --set FIELD=VALUE for each; the columns are: Name, Year,"
            ),
            "{}",
            done.err
        );
        let done = import(&up, &examples().join("cars.csv"), &["--set=colour=red"]);
        assert!(
            done.err.contains("there is no field \"colour\" (in --set); the fields are: id, name,"),
            "{}",
            done.err
        );
    }

    #[test]
    fn ndjson_actions_come_from_standard_input() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(&folder.path().join("data"), &[]);
        let rows = concat!(
            r#"{"clientId": "ana", "itemId": "ring", "price": 5, "date": "2026-01-31"}"#,
            "\n\n",
            r#"{"clientId": "rui", "itemId": "ring", "price": "6", "other": [1]}"#,
            "\n",
            r#"{"clientId": "rui", "itemId": "#,
            "\n",
            "[]\n",
            r#"{"clientId": "rui"}"#,
        );
        let mut child = pawnshop(&["import", "-", "--to", "buy", "--format", "ndjson", "--url", &up.url()])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(rows.as_bytes()).unwrap();
        let done = said(child.wait_with_output().unwrap());
        assert_eq!(done.code, Some(1));
        for fault in ["stdin:4: not JSON", "stdin:5: not a JSON object", "stdin:6: nothing for itemId, price"]
        {
            assert!(done.err.contains(fault), "{fault} in\n{}", done.err);
        }
        assert!(done.err.ends_with("5 rows: 2 applied, 3 faults\n"), "{}", done.err);
        let ring =
            r#"{"id":"ring","name":"Ring","category":"Jewelry","price":1,"state":"New","ageInMonths":0}"#;
        assert_eq!(up.post("/item/add", "Prefer: wait=30\r\n", ring).0, 201);
        let (_, _, ring) = up.get("/item/fetch/ring");
        assert!(ring.contains("2026-01-31T00:00:00Z") && ring.contains(r#""price":6"#), "{ring}");
    }

    #[test]
    fn a_busy_dispatcher_is_asked_again_with_the_same_key() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            // The probe, a refusal, a broken connection, and then the answer.
            let answers = [
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
                "",
                "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
            ];
            answers.map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut key, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let line = line.trim().to_lowercase();
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.parse().unwrap();
                    }
                    if let Some(value) = line.strip_prefix("idempotency-key: ") {
                        key = value.to_owned();
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                reader.read_exact(&mut vec![0; length]).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                key
            })
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("items.csv");
        std::fs::write(&file, format!("{HEADER}\n,Ring,Jewelry,100,New,1\n")).unwrap();
        let done = said(pawnshop(&["import", "--url", &url]).arg(&file).output().unwrap());
        assert_eq!((done.code, done.err.as_str()), (Some(0), "1 rows: 1 applied, 0 faults\n"));
        let keys = server.join().unwrap();
        assert!(!keys[1].is_empty() && keys[1] == keys[2] && keys[2] == keys[3], "{keys:?}");
    }

    #[test]
    fn without_a_dispatcher_it_says_so_at_once() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let file = examples().join("cars.csv");
        let done = said(
            pawnshop(&["import", "--url", &format!("http://{free}"), "--set=category=Motor"])
                .arg(file)
                .output()
                .unwrap(),
        );
        assert_eq!(done.code, Some(1));
        assert!(done.err.contains("no dispatcher there; start one with `pawnshop up`"), "{}", done.err);
    }

    #[test]
    fn a_rejection_behind_a_late_outcome_is_told_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let up = Up::start(&data, &["--paused"]);
        let address = up.address.to_string();
        let file = folder.path().join("items.csv");
        let rows = [
            HEADER,
            "a,Ring,Jewelry,100,New,1",
            "b,Ring,Jewelry,100,New,1",
            "a,Another ring,Jewelry,1,New,1",
        ];
        std::fs::write(&file, rows.join("\n")).unwrap();
        let child =
            pawnshop(&["import", "--url", &up.url(), "--wait=1", "--concurrency=1", "--settle-for=60"])
                .arg(&file)
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        wait(|| {
            up.get("/metrics").2.contains("pawnshop_events_accepted_total{flow=\"item\"} 3").then_some(())
        });
        assert_eq!(up.stop("-TERM").code(), Some(0));
        let _up = Up::start_at(&address, &data, &[]);
        let done = said(child.wait_with_output().unwrap());
        let fault = format!("{}:4: the item \"a\" exists with other content\n", file.display());
        assert!(done.err.contains(&fault), "{fault} in\n{}", done.err);
        assert!(done.err.ends_with("3 rows: 2 applied, 1 faults\n"), "{}", done.err);
        assert_eq!(done.code, Some(1));
    }

    #[test]
    fn a_paused_shop_takes_rows_without_their_outcome() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &["--paused"]);
        let mapping = [
            "--column=name=Name",
            "--column=price=Weight_in_lbs",
            "--column=ageInMonths=Age_in_months",
            "--set=category=Motor",
            "--set=state=Good",
            "--wait=1",
            "--settle-for=1",
        ];
        let done = import(&up, &examples().join("cars.csv"), &mapping);
        assert_eq!(done.code, Some(0));
        assert!(done.err.contains("0 applied, 406 outcomes not yet known, 0 faults"), "{}", done.err);
        assert_eq!(up.stop("-TERM").code(), Some(0));
        let up = Up::start(folder.path(), &[]);
        wait(|| (up.count("Motor") == 406).then_some(()));
    }
}
