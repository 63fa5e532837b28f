use super::Admin;
use crate::client::{Answer, Connection};
use crate::embedded::ADMIN_ADDRESS_FILE;
use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);
const PAGE: usize = 100;

/// The dead letters behind one admin address.
pub struct Letters {
    connection: Connection,
    /// Where the address comes from.
    source: String,
}

impl Letters {
    /// Those of the address given, or of the shop that runs in the data folder.
    pub(super) fn of(admin: &Admin) -> anyhow::Result<Self> {
        let (target, source) = match &admin.admin {
            Some(target) => (target.clone(), "that address was given".to_owned()),
            None => {
                let file = admin.data.join(ADMIN_ADDRESS_FILE);
                let address = std::fs::read_to_string(&file).with_context(|| {
                    format!(
                        "no running shop in {} (cannot read {}): start one with `pawnshop up`, \
                         or give its --data or --admin",
                        admin.data.display(),
                        file.display()
                    )
                })?;
                let target =
                    address.trim().parse().map_err(|error| anyhow!("{}: {error}", file.display()))?;
                (target, format!("{} says that the shop is there; it may have ended", file.display()))
            }
        };
        Ok(Self { connection: Connection::new(target, TIMEOUT), source })
    }

    /// Those behind this connection. `source`: where it leads, for when there is no answer.
    pub fn over(connection: Connection, source: String) -> Self {
        Self { connection, source }
    }

    /// At most `limit` letters, and whether there are more.
    pub(super) async fn list(
        &mut self,
        flow: Option<&str>,
        limit: usize,
    ) -> anyhow::Result<(Vec<Value>, bool)> {
        let mut letters = Vec::new();
        let mut after = None;
        loop {
            let mut path = format!("/dead-letters?limit={}", (limit - letters.len()).min(PAGE));
            for (name, value) in [("flow", flow), ("after", after.as_deref())] {
                if let Some(value) = value {
                    path.push_str(&format!("&{name}={}", escaped(value)));
                }
            }
            let page: Page = self.send(Method::GET, &path, None).await?.json()?;
            letters.extend(page.letters);
            after = page.next;
            if after.is_none() || letters.len() >= limit {
                return Ok((letters, after.is_some()));
            }
        }
    }

    /// One request about one letter; `end` is what follows its id in the path.
    pub(super) async fn call(&mut self, method: Method, id: &str, end: &str) -> anyhow::Result<Value> {
        let path = format!("/dead-letters/{}{end}", escaped(id));
        // The admin listener takes nothing that a form in a browser could send.
        let body = (method != Method::GET).then(|| json!({}).to_string().into());
        let answer = self.send(method, &path, body).await?;
        Ok(if answer.body.is_empty() { Value::Null } else { answer.json()? })
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<Bytes>) -> anyhow::Result<Answer> {
        let answer = match self.connection.send(method, path, body, &[]).await {
            Ok(answer) => answer,
            Err(error) => bail!("{error} ({})", self.source),
        };
        if !answer.status.is_success() {
            bail!("{}", answer.complaint());
        }
        Ok(answer)
    }
}

#[derive(Debug, Deserialize)]
struct Page {
    letters: Vec<Value>,
    next: Option<String>,
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
