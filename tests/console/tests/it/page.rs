//! The console as a person sees it: by headings, labels and words, never by how it is built.

use crate::browser::Browser;
use pawnshop_servers::testing::eventually_within;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";

const PATIENCE: Duration = Duration::from_secs(30);

/// Finds the last shown element of a kind whose label, or own text, begins so.
const FIND: &str = "
    const [kind, words] = arguments;
    const shown = (node) => node.getClientRects().length > 0;
    const named = (node) => (node.labels?.[0] ?? node).textContent.trim().startsWith(words);
    const open = document.querySelector('dialog[open]') ?? document;
    const found = [...open.querySelectorAll(kind)].filter((node) => shown(node) && named(node)).at(-1);
";

impl Browser {
    /// Opens a view of the console and waits for its heading.
    pub(crate) async fn opens(&self, listener: &str, view: &str, heading: &str) {
        // From elsewhere, so that it is loaded and not only routed to.
        self.goes_to("about:blank").await;
        self.goes_to(&format!("{listener}/{view}")).await;
        self.shows_heading(heading).await;
    }

    /// Waits for a view.
    pub(crate) async fn shows_heading(&self, heading: &str) {
        self.until(
            &format!("the heading {heading:?}"),
            "document.querySelector('h1')?.textContent === arguments[0]",
            json!([heading]),
        )
        .await;
    }

    /// Waits until the page shows these words.
    pub(crate) async fn shows(&self, words: &str) {
        let shown = "document.body.innerText.replaceAll('\\u202f', ' ').includes(arguments[0])";
        self.until(&format!("the words {words:?}"), shown, json!([words])).await;
    }

    /// Whether the page shows these words now.
    pub(crate) async fn has(&self, words: &str) -> bool {
        self.script("return document.body.innerText.includes(arguments[0])", json!([words])).await == true
    }

    /// Waits until a condition of the test's own holds.
    pub(crate) async fn until(&self, what: &str, condition: &str, arguments: Value) {
        let script = format!("return Boolean({condition})");
        let mut met = false;
        let waited = tokio::time::timeout(PATIENCE, async {
            while !met {
                met = self.script(&script, arguments.clone()).await == true;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        if waited.await.is_err() {
            let page = self.script("return document.body.innerText", json!([])).await;
            panic!("{what} did not come:\n{}", page.as_str().unwrap_or_default());
        }
    }

    /// Clicks a button or a link by its words.
    pub(crate) async fn clicks(&self, words: &str) {
        let script = format!("{FIND} found?.click(); return found !== undefined");
        eventually_within(&format!("there is {words:?} to click"), PATIENCE, async || {
            self.script(&script, json!(["button, a, summary", words])).await == true
        })
        .await;
    }

    /// Fills a field by its label.
    pub(crate) async fn fills(&self, label: &str, value: &str) {
        let script = format!(
            "{FIND} if (!found) return false;
            found.value = arguments[2];
            for (const kind of ['input', 'change']) found.dispatchEvent(new Event(kind, {{ bubbles: true }}));
            return true"
        );
        eventually_within(&format!("there is a field {label:?}"), PATIENCE, async || {
            self.script(&script, json!(["input, select", label, value])).await == true
        })
        .await;
    }

    /// What the focused element is called: its label or its text.
    pub(crate) async fn focused(&self) -> String {
        let script =
            "const node = document.activeElement; return (node.labels?.[0] ?? node).textContent.trim()";
        self.script(script, json!([])).await.as_str().unwrap_or_default().to_owned()
    }

    /// Goes on with the tabulator until the focus is on what begins so.
    pub(crate) async fn tabs_to(&self, words: &str) {
        for _ in 0..60 {
            self.types(TAB).await;
            if self.focused().await.starts_with(words) {
                return;
            }
        }
        panic!("the tabulator does not lead to {words:?}");
    }

    /// What stands at a field as wrong with it.
    pub(crate) async fn wrong_at(&self, label: &str) -> String {
        let script = format!(
            "{FIND} return found.getAttribute('aria-invalid') === 'true' &&
            found.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id))
                .filter((node) => node.className === 'wrong').map((node) => node.textContent).join('')"
        );
        let told = self.script(&script, json!(["input, select", label])).await;
        told.as_str().unwrap_or_default().to_owned()
    }

    /// Nothing went wrong in any script, and the policy had nothing to refuse. What the API answers with a status of
    /// 400 or more is no fault of the page.
    pub(crate) async fn is_clean(&self) {
        let log = self.log().await;
        let is_answer = |entry: &&Value| {
            let message = entry["message"].as_str().unwrap_or_default();
            entry["source"] == "network" && !message.contains("/console/")
        };
        let faults: Vec<_> = log.iter().filter(|entry| !is_answer(entry)).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// Writes a picture for the documentation, where `PAWNSHOP_SCREENSHOTS` names a folder.
    pub(crate) async fn is_pictured(&self, name: &str) {
        let Some(folder) = pictures() else { return };
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.picture().await).unwrap();
    }
}

/// Where the pictures for the documentation are to be written, if they are.
pub(crate) fn pictures() -> Option<PathBuf> {
    let folder = std::env::var_os("PAWNSHOP_SCREENSHOTS").filter(|folder| !folder.is_empty())?;
    // Relative to the workspace, wherever cargo runs the tests.
    Some(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(folder))
}
