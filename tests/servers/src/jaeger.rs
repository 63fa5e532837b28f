mod trace;

pub use trace::{Span, Trace};

use crate::folder::Folder;
use crate::process::{Launch, Process, log_in};
use crate::{http, ports, tools, wait};
use anyhow::{Result, ensure};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;

/// A Jaeger: takes spans over OTLP, keeps them in memory, and is asked for traces.
#[derive(Debug)]
pub struct Jaeger {
    http: Client,
    endpoint: String,
    query: String,
    // The process goes first, then its log.
    _process: Process,
    _folder: Folder,
}

impl Jaeger {
    /// Whether it can be started here; the error tells why not.
    pub fn available() -> Result<(), String> {
        program().map(|_| ())
    }

    /// Starts it, without any traces.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start() -> Result<Self> {
        let [otlp, query] = ports::free()?;
        let folder = Folder::temporary("jaeger")?;
        let listeners = [
            ("collector.otlp.http", otlp),
            ("query.http-server", query),
            // What else it listens for, nobody asks.
            ("admin.http", 0),
            ("collector.grpc-server", 0),
            ("collector.http-server", 0),
            ("collector.otlp.grpc", 0),
            ("query.grpc-server", 0),
        ];
        let flag = |(name, port): (&str, u16)| OsString::from(format!("--{name}.host-port=127.0.0.1:{port}"));
        let launch = Launch {
            name: "jaeger".to_owned(),
            program: program().map_err(anyhow::Error::msg)?,
            arguments: listeners.into_iter().map(flag).collect(),
            environment: vec![("SPAN_STORAGE_TYPE".to_owned(), "memory".into())],
            log: log_in(folder.path(), "jaeger"),
            scratch: folder.scratch(),
        };
        let mut process = Process::start(launch)?;
        let (http, query) = (http::client()?, format!("http://127.0.0.1:{query}"));
        let endpoint = format!("http://127.0.0.1:{otlp}");
        wait::until_ready(&mut process, async |_| {
            let asked = http.get(format!("{query}/api/services")).send().await;
            let posted = http.post(format!("{endpoint}/v1/traces")).json(&serde_json::json!({})).send().await;
            [asked, posted].into_iter().all(|answer| answer.is_ok_and(|answer| answer.status().is_success()))
        })
        .await?;
        Ok(Self { http, endpoint, query, _process: process, _folder: folder })
    }

    /// Where it takes spans, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The trace of this id (32 hexadecimal digits), as far as its spans have come; without any, it has none.
    ///
    /// # Errors
    /// When Jaeger does not answer, or not as it should.
    pub async fn trace(&self, id: &str) -> Result<Trace> {
        let answer = self.http.get(format!("{}/api/traces/{id}", self.query)).send().await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(Trace::default());
        }
        ensure!(answer.status().is_success(), "jaeger answered {}", answer.status());
        Trace::parse(&answer.json().await?)
    }

    /// Who has sent spans, by their `service.name`.
    ///
    /// # Errors
    /// When Jaeger does not answer, or not as it should.
    pub async fn services(&self) -> Result<Vec<String>> {
        let answer: Value =
            self.http.get(format!("{}/api/services", self.query)).send().await?.json().await?;
        let names = answer["data"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Ok(names.map(str::to_owned).collect())
    }
}

fn program() -> Result<PathBuf, String> {
    tools::cached("JAEGER", "jaeger", "jaeger")
}
