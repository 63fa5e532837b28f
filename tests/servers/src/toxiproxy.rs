use crate::folder::Folder;
use crate::process::{Launch, Process, log_in};
use crate::{http, ports, tools, wait};
use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A toxiproxy: stands between clients and a server, and cuts, slows or silences what passes.
#[derive(Debug)]
pub struct Toxiproxy {
    api: Api,
    // The process goes first, then its log.
    _process: Process,
    _folder: Folder,
}

impl Toxiproxy {
    /// Whether it can be started here; the error tells why not.
    pub fn available() -> Result<(), String> {
        program().map(|_| ())
    }

    /// Starts it, with no proxies yet.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start() -> Result<Self> {
        let [port] = ports::free()?;
        let folder = Folder::temporary("toxiproxy")?;
        let launch = Launch {
            name: "toxiproxy".to_owned(),
            program: program().map_err(anyhow::Error::msg)?,
            arguments: ["-host", "127.0.0.1", "-port", &port.to_string()].map(Into::into).into(),
            environment: Vec::new(),
            log: log_in(folder.path(), "toxiproxy"),
            scratch: folder.scratch(),
        };
        let mut process = Process::start(launch)?;
        let api = Api { http: http::client()?, url: format!("http://127.0.0.1:{port}") };
        wait::until_ready(&mut process, async |_| api.call(Method::GET, "/version", None).await.is_ok())
            .await?;
        Ok(Self { api, _process: process, _folder: folder })
    }

    /// A proxy before the server of a URI, which names host and port.
    ///
    /// # Errors
    /// When the URI does not, or the proxy cannot be made.
    pub async fn proxy(&self, name: &str, uri: &str) -> Result<Proxy> {
        let upstream =
            authority(uri).with_context(|| format!("the URI for the proxy {name} names no port"))?;
        let body = json!({"name": name, "listen": "127.0.0.1:0", "upstream": upstream, "enabled": true});
        let made = self.api.call(Method::POST, "/proxies", Some(body)).await?;
        let address = made["listen"].as_str().context("the proxy does not say where it listens")?.to_owned();
        Ok(Proxy { api: self.api.clone(), name: name.to_owned(), address, upstream: upstream.to_owned() })
    }
}

/// One way through a [`Toxiproxy`].
#[derive(Clone, Debug)]
pub struct Proxy {
    api: Api,
    name: String,
    address: String,
    upstream: String,
}

impl Proxy {
    /// Where it listens: `127.0.0.1:PORT`, for as long as it lives.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server's URI with the proxy in the server's place.
    pub fn uri(&self, uri: &str) -> String {
        uri.replacen(&self.upstream, &self.address, 1)
    }

    /// Closes all connections and takes no new ones: a network that is cut, and says so.
    ///
    /// # Errors
    /// When toxiproxy refuses.
    pub async fn disable(&self) -> Result<()> {
        self.call(Method::POST, "", json!({"enabled": false})).await
    }

    /// Takes connections again.
    ///
    /// # Errors
    /// When toxiproxy refuses.
    pub async fn enable(&self) -> Result<()> {
        self.call(Method::POST, "", json!({"enabled": true})).await
    }

    /// Poisons both directions, until [`Proxy::remove_toxics`]. Kinds and attributes are toxiproxy's: `timeout`
    /// (`timeout` in ms; 0: bytes vanish), `latency` (`latency`, `jitter` in ms), `bandwidth` (`rate` in KiB/s),
    /// `reset_peer` (`timeout` in ms), `slow_close`, `slicer`, `limit_data`.
    ///
    /// # Errors
    /// When toxiproxy refuses.
    pub async fn add_toxic(&self, kind: &str, attributes: Value) -> Result<()> {
        self.add_toxic_to("upstream", kind, attributes.clone()).await?;
        self.add_toxic_to("downstream", kind, attributes).await
    }

    /// Poisons one direction: `upstream`, from the client to the server, or `downstream`.
    ///
    /// # Errors
    /// When toxiproxy refuses.
    pub async fn add_toxic_to(&self, stream: &str, kind: &str, attributes: Value) -> Result<()> {
        let name = format!("{kind}-{stream}");
        let toxic = json!({"name": name, "type": kind, "stream": stream, "attributes": attributes});
        self.call(Method::POST, "/toxics", toxic).await
    }

    /// Lets everything pass again. Connections that a `timeout` toxic held are closed.
    ///
    /// # Errors
    /// When toxiproxy refuses.
    pub async fn remove_toxics(&self) -> Result<()> {
        let path = format!("/proxies/{}/toxics", self.name);
        let toxics = self.api.call(Method::GET, &path, None).await?;
        for toxic in toxics.as_array().into_iter().flatten() {
            let name = toxic["name"].as_str().unwrap_or_default();
            self.api.call(Method::DELETE, &format!("{path}/{name}"), None).await?;
        }
        Ok(())
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Result<()> {
        self.api.call(method, &format!("/proxies/{}{path}", self.name), Some(body)).await.map(|_| ())
    }
}

#[derive(Clone, Debug)]
struct Api {
    http: Client,
    url: String,
}

impl Api {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "toxiproxy answered {path} with {status}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// Host and port of a URI.
fn authority(uri: &str) -> Option<&str> {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next()?;
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    address.contains(':').then_some(address)
}

fn program() -> Result<PathBuf, String> {
    tools::cached("TOXIPROXY", "toxiproxy", "toxiproxy-server")
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn host_and_port_are_found_in_any_uri() {
        for uri in ["amqp://guest:guest@127.0.0.1:5672", "mongodb://127.0.0.1:5672/?a=b", "127.0.0.1:5672"] {
            assert_eq!(authority(uri), Some("127.0.0.1:5672"), "{uri}");
        }
        assert_eq!(authority("amqp://broker/vhost"), None);
    }
}
