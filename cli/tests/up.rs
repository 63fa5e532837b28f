//! `pawnshop up`: starting, refusing to start, and stopping in good order.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
mod tests {
    use super::support::{Up, examples, pawnshop, run, said, wait};
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};
    use std::process::Stdio;

    const LAMP: &str =
        r#"{"id":"lamp","name":"Lamp","category":"Decoration","price":900,"state":"Good","ageInMonths":3}"#;

    #[test]
    fn it_tells_where_it_listens_where_its_data_is_and_its_pools() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let up = Up::start(&data, &["-f", examples().join("shop.yaml").to_str().unwrap()]);
        let told = up.announced.join("\n");
        for words in [
            "shop downtown is open",
            data.to_str().unwrap(),
            "items: item; 1 to 4 workers",
            "actions: buy-actions",
        ] {
            assert!(told.contains(words), "{words} in\n{told}");
        }
        assert_eq!(up.get("/readyz").0, 200);
    }

    #[test]
    fn a_signal_drains_and_the_data_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        for (signal, path) in [("-INT", "/item/add"), ("-TERM", "/item/add")] {
            let up = Up::start(folder.path(), &[]);
            assert!(folder.path().join("admin.addr").exists());
            let (status, _, body) = up.post(path, "Idempotency-Key: k\r\n", LAMP);
            assert_eq!(status, 202, "{body}");
            assert_eq!(up.stop(signal).code(), Some(0), "{signal}");
            assert!(!folder.path().join("admin.addr").exists());
        }
        let up = Up::start(folder.path(), &[]);
        wait(|| (up.get("/item/fetch/lamp").0 == 200).then_some(()));
        assert_eq!(up.count("Decoration"), 1);
    }

    #[test]
    fn a_second_signal_ends_the_drain_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let address = up.address;
        // A request that is under way, and whose body does not come: the drain waits for it.
        let mut waiting = TcpStream::connect(address).unwrap();
        let head = "POST /item/add HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\
                    Content-Type: application/json\r\nContent-Length: 100\r\n\r\n";
        waiting.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(&waiting).read_line(&mut answer).unwrap();
        assert_eq!(answer, "HTTP/1.1 100 Continue\r\n");
        up.signal("-INT");
        // It drains: it takes nothing more.
        wait(|| TcpStream::connect(address).is_err().then_some(()));
        assert_eq!(up.stop("-INT").code(), Some(130));
    }

    #[test]
    fn a_paused_shop_accepts_and_the_next_start_applies() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &["--paused"]);
        assert!(up.announced[0].contains("paused"));
        let (status, _, body) = up.post("/item/add", "Prefer: wait=1\r\n", LAMP);
        assert_eq!(status, 202, "{body}");
        assert_eq!(up.get("/item/fetch/lamp").0, 404);
        assert_eq!(up.stop("-TERM").code(), Some(0));
        let up = Up::start(folder.path(), &[]);
        wait(|| (up.get("/item/fetch/lamp").0 == 200).then_some(()));
    }

    #[test]
    fn events_of_a_flow_that_no_pool_serves_any_more_are_told_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let up = Up::start(&data, &["--paused"]);
        assert_eq!(up.post("/item/add", "", LAMP).0, 202);
        assert_eq!(up.stop("-TERM").code(), Some(0));
        let file = folder.path().join("shop.yaml");
        std::fs::write(
            &file,
            "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {name: local}\nspec:\n  pools:\n  \
             - {name: a, flows: [buy-actions], autoscaling: {min: 1, max: 1}}\n",
        )
        .unwrap();
        let mut child = pawnshop(&["up", "--listen", "127.0.0.1:0", "-f"])
            .arg(&file)
            .arg("--data")
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let open = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .any(|line| line.is_ok_and(|line| line.starts_with("Ctrl-C")));
        child.kill().unwrap();
        let told = said(child.wait_with_output().unwrap()).err;
        assert!(open, "{told}");
        let warnings: Vec<_> = told.lines().filter(|line| line.contains("no pool serves")).collect();
        assert_eq!(warnings.len(), 1, "{told}");
        for words in ["WARN", "flow=item", "events=1", "add it to a pool"] {
            assert!(warnings[0].contains(words), "{words} in\n{told}");
        }
    }

    #[test]
    fn every_fault_of_a_bad_file_is_told_at_once_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        std::fs::write(
            &file,
            "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {name: downtown}\nspec:\n  pools:\n  \
             - {name: a, flows: [item, buy-action], autoscaling: {min: 3, max: 2}}\n  - {nam: b, flows: [item]}\n",
        )
        .unwrap();
        let data = folder.path().join("data");
        let bad = said(pawnshop(&["up", "-f"]).arg(&file).arg("--data").arg(&data).output().unwrap());
        assert_eq!(bad.code, Some(1));
        let told = bad.err.replace(file.to_str().unwrap(), "FILE");
        assert_eq!(
            told,
            "pawnshop: FILE is not a good shop, for 5 reasons:
  spec.pools[0].autoscaling.min: 3 is greater than max, 2
  spec.pools[1].nam: unknown field; did you mean \"name\"?
  spec.pools[1].name: is required
  spec.pools[1].flows[0]: \"item\" is already at spec.pools[0].flows[0]; a flow belongs to one pool
  spec.pools[0].flows[1]: no flow \"buy-action\" here; did you mean \"buy-actions\"?
"
        );
        assert!(!data.exists(), "a shop that cannot start leaves nothing behind");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let missing = run(&["up", "-f", "no-such-shop.yaml"]);
        assert_eq!(missing.code, Some(1));
        assert!(
            missing.err.starts_with("pawnshop: cannot open no-such-shop.yaml: No such file"),
            "{}",
            missing.err
        );
    }

    #[test]
    fn an_address_in_use_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let refused =
            said(pawnshop(&["up", "--listen", &address, "--data"]).arg(folder.path()).output().unwrap());
        assert_eq!(refused.code, Some(1));
        assert!(refused.err.contains(&format!("cannot listen on {address}")), "{}", refused.err);
        assert!(refused.err.contains("--listen"), "{}", refused.err);
    }

    #[test]
    fn a_second_process_on_the_same_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _up = Up::start(folder.path(), &[]);
        let second =
            said(pawnshop(&["up", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output().unwrap());
        assert_eq!(second.code, Some(1));
        assert!(second.err.contains("in use by another process"), "{}", second.err);
        assert!(second.err.contains("--data"), "{}", second.err);
    }

    #[test]
    fn a_damaged_file_and_an_admin_address_for_everyone_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("queue.db"),
            "not a database, and long enough to be looked at".repeat(9),
        )
        .unwrap();
        let damaged =
            said(pawnshop(&["up", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output().unwrap());
        assert_eq!(damaged.code, Some(1));
        assert!(damaged.err.contains("queue.db"), "{}", damaged.err);

        let folder = tempfile::tempdir().unwrap();
        let open = ["up", "--listen", "127.0.0.1:0", "--admin-listen", "0.0.0.0:0", "--data"];
        let open = said(pawnshop(&open).arg(folder.path()).output().unwrap());
        assert_eq!(open.code, Some(1));
        assert!(open.err.contains("loopback"), "{}", open.err);
    }
}
