//! The console's files. To add one: the file in this folder, and its line here.

use sha2::{Digest, Sha256};

/// A file that is compiled in.
#[derive(Clone, Copy)]
pub(super) struct Asset {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

macro_rules! assets {
    ($($name:literal),+ $(,)?) => {
        /// Every file there is.
        pub(super) const ASSETS: &[Asset] = &[$(Asset { name: $name, text: include_str!($name) }),+];
    };
}

assets!(
    "index.html",
    "style.css",
    "icon.svg",
    "api.js",
    "confirm.js",
    "dom.js",
    "event.js",
    "format.js",
    "glance.js",
    "item.js",
    "items.js",
    "letter.js",
    "letters.js",
    "live.js",
    "main.js",
    "plot.js",
    "route.js",
    "say.js",
    "write.js",
);

impl Asset {
    /// What the file is, by its name.
    pub(super) fn content_type(&self) -> &'static str {
        match self.name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }

    /// Its `ETag`: a hash of the text.
    pub(super) fn tag(&self) -> String {
        let hash = Sha256::digest(self.text.as_bytes());
        let short: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{short}\"")
    }
}
