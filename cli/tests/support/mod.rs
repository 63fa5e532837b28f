//! The real program, run as users run it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

/// A command line, ready to run.
pub(crate) fn pawnshop(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pawnshop"));
    command.args(arguments).env_remove("PAWNSHOP_URL").env_remove("PAWNSHOP_ADMIN").env_remove("RUST_LOG");
    command
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(arguments: &[&str]) -> Said {
    said(pawnshop(arguments).output().unwrap())
}

pub(crate) fn said(output: Output) -> Said {
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A shop that runs in its own process until it is stopped or dropped.
pub(crate) struct Up {
    child: Child,
    pub(crate) announced: Vec<String>,
    pub(crate) address: SocketAddr,
}

impl Up {
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", data, more)
    }

    pub(crate) fn start_at(listen: &str, data: &Path, more: &[&str]) -> Self {
        let mut child = pawnshop(&["up", "--listen", listen, "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut announced = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            announced.push(line.unwrap());
            if announced.last().unwrap().starts_with("Ctrl-C") {
                break;
            }
        }
        let api = announced.iter().find(|line| line.contains("API")).expect("an announcement");
        let address =
            api.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        Self { child, announced, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        wait(|| self.child.try_wait().unwrap())
    }

    /// GETs a path: status, `Link` header if any, body.
    pub(crate) fn get(&self, path: &str) -> (u16, Option<String>, String) {
        exchange(self.address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn post(&self, path: &str, headers: &str, body: &str) -> (u16, Option<String>, String) {
        let length = body.len();
        exchange(
            self.address,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n{headers}\r\n{body}"
            ),
        )
    }

    /// Every item of a category, page by page.
    pub(crate) fn count(&self, category: &str) -> usize {
        let mut path = format!("/item/fetch?category={category}&limit=100");
        let mut count = 0;
        loop {
            let (status, link, body) = self.get(&path);
            assert_eq!(status, 200, "{body}");
            count += serde_json::from_str::<Vec<serde_json::Value>>(&body).unwrap().len();
            match link {
                Some(link) => path = link.split(['<', '>']).nth(1).unwrap().to_owned(),
                None => return count,
            }
        }
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until there is an answer.
pub(crate) fn wait<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < DEADLINE, "waited too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Notes that a test cannot run on this machine, for `make test` to count.
pub(crate) fn skip(why: &str) {
    if let Ok(notes) = std::env::var("PAWNSHOP_SKIPS") {
        let mut notes = std::fs::OpenOptions::new().append(true).open(notes).unwrap();
        writeln!(notes, "{why}").unwrap();
    }
}

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn exchange(address: SocketAddr, request: &str) -> (u16, Option<String>, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    let link =
        head.lines().find_map(|line| line.to_lowercase().starts_with("link:").then(|| line[5..].to_owned()));
    (status, link, body.to_owned())
}
