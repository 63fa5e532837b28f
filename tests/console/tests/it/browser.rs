//! One Chromium, driven over WebDriver (W3C, WebDriver 2): the handful of commands that the journeys need, over the HTTP
//! client that all tests have. The crates that speak it bring a licence that is not allowed here (`webdriver`), or
//! change how `serde_json` keeps its maps in every crate of the workspace.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pawnshop_servers::testing::eventually_within;
use pawnshop_servers::{Launch, Process, free_ports};
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any command takes on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-GB",
    "--hide-scrollbars",
];

/// A running browser with one window. All of it ends with this value.
pub(crate) struct Browser {
    http: Client,
    session: String,
    _driver: Process,
    profile: TempDir,
}

impl Browser {
    /// Starts it, on a profile of its own.
    pub(crate) async fn open(chromium: &Path, driver: &Path) -> Self {
        pawnshop_runtime::tls::install_provider();
        let profile = tempfile::tempdir().unwrap();
        let [port] = free_ports().unwrap();
        let driver = Process::start(Launch {
            name: "chromedriver".to_owned(),
            program: driver.to_owned(),
            arguments: vec![format!("--port={port}").into()],
            environment: vec![("HOME".to_owned(), profile.path().into())],
            log: profile.path().join("chromedriver.log"),
            scratch: None,
        })
        .unwrap();
        let http = Client::builder().timeout(PATIENCE).build().unwrap();
        let server = format!("http://127.0.0.1:{port}");
        eventually_within("the browser's driver answers", PATIENCE, async || {
            http.get(format!("{server}/status")).send().await.is_ok()
        })
        .await;
        let mut arguments = FLAGS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": chromium, "args": arguments},
        }}});
        let opened = command(&http, Method::POST, &format!("{server}/session"), Some(capabilities)).await;
        let session = format!("{server}/session/{}", opened["sessionId"].as_str().unwrap());
        let browser = Self { http, session, _driver: driver, profile };
        browser.is_like(1200, 800, "light").await;
        browser
    }

    /// A window so large, whose reader likes these colours and no motion.
    pub(crate) async fn is_like(&self, width: u32, height: u32, colours: &str) {
        let phone = width < 500;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": colours},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Loads a page.
    pub(crate) async fn goes_to(&self, url: &str) {
        self.post("/url", json!({"url": url})).await;
    }

    /// Loads the page anew.
    pub(crate) async fn reloads(&self) {
        self.post("/refresh", json!({})).await;
    }

    /// What a script of the test gives, with its arguments.
    pub(crate) async fn script(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": arguments})).await
    }

    /// What a script of the test gives to its last argument, a function.
    pub(crate) async fn later(&self, script: &str) -> Value {
        self.post("/execute/async", json!({"script": script, "args": []})).await
    }

    /// Presses keys one after another, wherever the focus is: text, or keys as WebDriver names them.
    pub(crate) async fn types(&self, keys: &str) {
        let strokes = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})));
        let strokes: Vec<Value> = strokes.collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("/actions", json!({"actions": [keyboard]})).await;
    }

    /// What the window shows, as a PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let encoded = command(&self.http, Method::GET, &format!("{}/screenshot", self.session), None).await;
        STANDARD.decode(encoded.as_str().unwrap()).unwrap()
    }

    /// What the browser had to say since it was last asked: errors of scripts, refusals by the page's policy.
    pub(crate) async fn log(&self) -> Vec<Value> {
        self.post("/se/log", json!({"type": "browser"})).await.as_array().unwrap().clone()
    }

    async fn devtools(&self, name: &str, parameters: Value) {
        self.post("/goog/cdp/execute", json!({"cmd": name, "params": parameters})).await;
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        command(&self.http, Method::POST, &format!("{}{path}", self.session), Some(body)).await
    }
}

/// The driver is killed after this, and its browser need not notice: whoever works on this profile is ours.
impl Drop for Browser {
    fn drop(&mut self) {
        // Not whatever names the folder: the guard over the driver does, and has to end it.
        let profile = format!("--user-data-dir={}", self.profile.path().join("profile").display());
        let profile = profile.as_bytes();
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        for pid in processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let is_ours = command.windows(profile.len()).any(|part| part == profile);
            if let Some(pid) = Pid::from_raw(pid).filter(|_| is_ours) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

async fn command(http: &Client, method: Method, url: &str, body: Option<Value>) -> Value {
    let request = http.request(method, url);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let answer = request.send().await.expect("the driver answers");
    let mut answer: Value = answer.json().await.expect("in JSON");
    let value = answer["value"].take();
    assert!(value["error"].is_null(), "{url}: {} {}", value["error"], value["message"]);
    value
}
