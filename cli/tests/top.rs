//! `pawnshop top`: once as text, and live on a terminal.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
#[path = "support/pty.rs"]
mod pty;

#[cfg(test)]
mod tests {
    use super::pty::Pty;
    use super::support::{Up, pawnshop, run, said, skip, wait};
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    const LAMP: &str =
        r#"{"id":"lamp","name":"Lamp","category":"Decoration","price":900,"state":"Good","ageInMonths":3}"#;

    fn top(up: &Up, arguments: &[&str]) -> Command {
        let mut command = pawnshop(&["top", "--url", &up.url()]);
        command.args(arguments).env_remove("NO_COLOR");
        command
    }

    fn on_a_terminal(command: &Command) -> Option<Pty> {
        if Command::new("setsid").arg("--version").output().is_err() {
            skip("pawnshop top on a terminal: setsid (util-linux) is not installed");
            return None;
        }
        Some(Pty::start(command))
    }

    #[test]
    fn without_a_terminal_the_figures_are_printed_once() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        assert_eq!(up.post("/item/add", "Prefer: wait=30\r\n", LAMP).0, 201);
        // The workers' figures may be a second behind.
        let told = wait(|| {
            let told = said(top(&up, &[]).output().unwrap());
            assert_eq!(told.code, Some(0), "{}", told.err);
            ["oldest", "Backlog        0"].iter().all(|words| told.out.contains(words)).then_some(told.out)
        });
        for words in [
            &format!("default/shop at {}", up.url()),
            "Write rate",
            "1 since it started",
            "default  1 worker  running",
            "Dead-lettered  0",
            "pawn-actions",
        ] {
            assert!(told.contains(words), "{words} in\n{told}");
        }
        assert!(!told.contains('\u{1b}'), "{told}");
        let once = said(top(&up, &["--once"]).output().unwrap());
        assert!(once.out.contains("Write rate"), "{}", once.out);
    }

    #[test]
    fn without_a_dispatcher_it_says_what_to_do() {
        for more in [&["--once"][..], &[]] {
            let nobody = run(&[&["top", "--url", "http://127.0.0.1:1"], more].concat());
            assert_eq!(nobody.code, Some(1));
            for words in ["cannot connect to http://127.0.0.1:1", "pawnshop up", "--url"] {
                assert!(nobody.err.contains(words), "{words} in {}", nobody.err);
            }
            assert!(nobody.out.is_empty(), "{}", nobody.out);
        }
    }

    #[test]
    fn on_a_terminal_it_is_live_and_q_gives_the_terminal_back() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let Some(mut terminal) = on_a_terminal(&top(&up, &[])) else { return };
        let words = ["default  1 worker  running", "Write rate", "Live", "0 per second"];
        terminal.until_it(|page| words.iter().all(|words| page.contains(words)));
        assert!(terminal.has_page() && !terminal.is_cooked());
        // A write is seen without another key.
        assert_eq!(up.post("/item/add", "Prefer: wait=30\r\n", LAMP).0, 201);
        terminal.until("0.1 per second");
        terminal.press("?");
        terminal.until("Ctrl-C");
        terminal.press("?");
        terminal.until("Write rate");
        terminal.press("q");
        assert_eq!(terminal.ended().code(), Some(0));
        wait(|| (!terminal.has_page() && terminal.shows_cursor()).then_some(()));
        assert!(terminal.is_cooked());
    }

    #[test]
    fn figures_of_a_dispatcher_that_ended_are_told_to_be_old_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let listen = up.address.to_string();
        let Some(mut terminal) = on_a_terminal(&top(&up, &[])) else { return };
        terminal.until("Live");
        assert_eq!(up.stop("-TERM").code(), Some(0));
        let old = "These figures are of";
        terminal
            .until_it(|page| page.contains(old) && page.contains("Reconnecting") && !page.contains("Live"));
        terminal.until("cannot connect to");
        let _up = Up::start_at(&listen, folder.path(), &[]);
        terminal.until_it(|page| page.contains("Live") && !page.contains(old));
        // Control-C, as the terminal sends it to a program that reads keys.
        terminal.press("\u{3}");
        assert_eq!(terminal.ended().code(), Some(0));
        assert!(terminal.is_cooked());
    }

    #[test]
    fn a_signal_gives_the_terminal_back_too() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let Some(mut terminal) = on_a_terminal(&top(&up, &[])) else { return };
        terminal.until("Live");
        terminal.signal("-TERM");
        assert_eq!(terminal.ended().code(), Some(0));
        wait(|| (!terminal.has_page()).then_some(()));
        assert!(terminal.is_cooked());
    }

    #[test]
    fn without_a_dispatcher_the_terminal_is_left_as_it_is() {
        let Some(mut terminal) = on_a_terminal(&pawnshop(&["top", "--url", "http://127.0.0.1:1"])) else {
            return;
        };
        terminal.until("pawnshop: cannot connect to http://127.0.0.1:1");
        assert_eq!(terminal.ended().code(), Some(1));
        assert!(!terminal.has_page() && terminal.is_cooked());
    }

    #[test]
    fn a_terminal_that_cannot_draw_gets_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        let Some(mut terminal) = on_a_terminal(top(&up, &[]).env("TERM", "dumb")) else { return };
        terminal.until("Dead-lettered");
        assert_eq!(terminal.ended().code(), Some(0));
        assert!(!terminal.has_page());
        // Nor is there anybody to press a key where nothing can be typed.
        let typed = said(top(&up, &[]).stdin(Stdio::null()).output().unwrap());
        assert_eq!(typed.code, Some(0));
    }

    #[test]
    fn colours_are_left_out_where_they_are_not_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::start(folder.path(), &[]);
        for (no_color, coloured) in [("", true), ("1", false)] {
            let Some(mut terminal) = on_a_terminal(top(&up, &[]).env("NO_COLOR", no_color)) else { return };
            terminal.until("Live");
            assert_eq!(terminal.has_colours(), coloured, "NO_COLOR={no_color}");
            terminal.press("q");
            assert_eq!(terminal.ended().code(), Some(0));
        }
    }

    #[test]
    fn what_is_no_dispatcher_is_told_to_be_none() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty);
                let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
                stream.write_all(page.as_bytes()).unwrap();
            }
        });
        let once = run(&["top", "--once", "--url", &url]);
        assert_eq!(once.code, Some(1));
        assert!(once.err.contains("/overview did not give the figures of a shop"), "{}", once.err);
        let Some(mut terminal) = on_a_terminal(&pawnshop(&["top", "--url", &url])) else { return };
        terminal.until("is this a dispatcher's address?");
        assert_eq!(terminal.ended().code(), Some(1));
    }
}
