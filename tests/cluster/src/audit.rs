//! What was written to a cluster, and by whom: the API server's audit log.

use crate::Cluster;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// A request that changes something, answered by the API server, whether it did or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Who asked: `system:serviceaccount:NAMESPACE:NAME`, or `admin`.
    pub user: String,
    /// What the client calls itself.
    pub user_agent: String,
    /// `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: String,
    /// The kind in the plural, with the subresource when it is one: `deployments/scale`.
    pub resource: String,
    /// Empty for what belongs to no namespace.
    pub namespace: String,
    /// Empty when many were meant, or the API server was to find a name.
    pub name: String,
    /// The status of the answer.
    pub code: u16,
}

/// A place in the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Audited(u64);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    verb: String,
    user: User,
    #[serde(default)]
    user_agent: String,
    object_ref: Option<Object>,
    response_status: Option<Status>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
}

impl Cluster {
    /// Every write to this cluster so far, in the order of the answers. One is noted when its answer is
    /// complete, which may be an instant after the client has it.
    ///
    /// # Errors
    /// When the audit log cannot be read.
    pub fn writes(&self) -> Result<Vec<Write>> {
        self.writes_since(Audited(0))
    }

    /// How far the audit log has been written.
    ///
    /// # Errors
    /// When there is none.
    pub fn audited(&self) -> Result<Audited> {
        let log = std::fs::metadata(self.audit_log()).context("look at the audit log")?;
        Ok(Audited(log.len()))
    }

    /// The writes since then, as [`Cluster::writes`] has them.
    ///
    /// # Errors
    /// When the audit log cannot be read.
    pub fn writes_since(&self, audited: Audited) -> Result<Vec<Write>> {
        let mut log = File::open(self.audit_log()).context("open the audit log")?;
        log.seek(SeekFrom::Start(audited.0))?;
        let mut text = String::new();
        log.read_to_string(&mut text).context("read the audit log")?;
        // It may have ended within a line.
        let text = match audited.0 {
            0 => text.as_str(),
            _ if text.starts_with('{') => text.as_str(),
            _ => text.split_once('\n').map_or("", |(_, rest)| rest),
        };
        parse(text)
    }

    fn audit_log(&self) -> PathBuf {
        self.logs().join("audit.log")
    }
}

fn parse(log: &str) -> Result<Vec<Write>> {
    // The last line may still be on its way.
    let complete = log.rfind('\n').and_then(|end| log.get(..end)).unwrap_or_default();
    let parsed = complete.lines().map(|line| {
        let event: Event = serde_json::from_str(line).with_context(|| format!("in the audit log: {line}"))?;
        Ok(write(event))
    });
    parsed.collect()
}

fn write(event: Event) -> Write {
    let object = event.object_ref.unwrap_or_default();
    let resource = match object.subresource.is_empty() {
        true => object.resource,
        false => format!("{}/{}", object.resource, object.subresource),
    };
    Write {
        user: event.user.username,
        user_agent: event.user_agent,
        verb: event.verb,
        resource,
        namespace: object.namespace,
        name: object.name,
        code: event.response_status.map_or(0, |status| status.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"kind":"Event","verb":"patch","user":{"username":"system:serviceaccount:shops:operator"},"userAgent":"pawnshop-operator/1","objectRef":{"resource":"deployments","subresource":"scale","namespace":"shops","name":"gold-orders"},"responseStatus":{"code":200}}"#;

    #[test]
    fn an_event_tells_who_wrote_what() {
        let expected = Write {
            user: "system:serviceaccount:shops:operator".to_owned(),
            user_agent: "pawnshop-operator/1".to_owned(),
            verb: "patch".to_owned(),
            resource: "deployments/scale".to_owned(),
            namespace: "shops".to_owned(),
            name: "gold-orders".to_owned(),
            code: 200,
        };
        assert_eq!(parse(&format!("{EVENT}\n")).unwrap(), [expected]);
    }

    #[test]
    fn a_line_that_is_still_being_written_waits() {
        let (begun, _) = EVENT.split_at(40);
        assert_eq!(parse(&format!("{EVENT}\n{begun}")).unwrap().len(), 1);
        assert_eq!(parse(begun).unwrap(), []);
    }

    #[test]
    fn a_line_that_is_no_event_is_an_error() {
        assert!(parse("no json\n").is_err());
    }
}
