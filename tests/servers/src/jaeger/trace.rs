use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// A trace as Jaeger tells it.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Its spans, those that began first before the others.
    pub spans: Vec<Span>,
}

/// A span as Jaeger tells it.
#[derive(Clone, Debug)]
pub struct Span {
    /// Its id, 16 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The `service.name` of who sent it.
    pub service: String,
    /// The id of the span that it is a child of.
    pub parent: Option<String>,
    /// The trace and the id of each span that it is linked to.
    pub links: Vec<(String, String)>,
    /// When it began, in microseconds.
    pub start: u64,
    /// Its attributes, and what Jaeger makes of kind and status: `span.kind`, `error`, `otel.status_description`.
    pub tags: BTreeMap<String, Value>,
}

impl Trace {
    /// Reads the answer of the query API.
    pub(super) fn parse(answer: &Value) -> Result<Self> {
        let trace = &answer["data"][0];
        let processes = &trace["processes"];
        let spans = trace["spans"].as_array().context("a trace without spans")?;
        let mut spans = spans.iter().map(|span| Span::parse(span, processes)).collect::<Result<Vec<_>>>()?;
        spans.sort_by_key(|span| span.start);
        Ok(Self { spans })
    }

    /// The first span of this name.
    pub fn span(&self, name: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.name == name)
    }

    /// The first child of a span that has this name.
    pub fn child(&self, parent: &Span, name: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.name == name && span.parent.as_ref() == Some(&parent.id))
    }

    /// The spans from the first of these names down, each a child of the one before and begun no earlier; `None` as long
    /// as one is missing.
    pub fn chain(&self, names: &[&str]) -> Option<Vec<&Span>> {
        let (first, rest) = names.split_first()?;
        let begins = self.spans.iter().filter(|span| span.name == *first);
        let mut chains = begins.filter_map(|span| self.chain_from(span, rest));
        chains.find(|chain| chain.is_sorted_by_key(|span| span.start))
    }

    fn chain_from<'a>(&'a self, first: &'a Span, names: &[&str]) -> Option<Vec<&'a Span>> {
        let mut chain = vec![first];
        for name in names {
            chain.push(self.child(chain.last()?, name)?);
        }
        Some(chain)
    }
}

impl Span {
    fn parse(span: &Value, processes: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a span without ids");
        let references = span["references"].as_array();
        let of = |kind: &'static str| {
            references.into_iter().flatten().filter(move |reference| reference["refType"] == kind)
        };
        let tags = span["tags"].as_array().into_iter().flatten();
        let process = &processes[text(&span["processID"])?];
        Ok(Self {
            id: text(&span["spanID"])?,
            name: text(&span["operationName"])?,
            service: text(&process["serviceName"])?,
            parent: of("CHILD_OF").next().map(|reference| text(&reference["spanID"])).transpose()?,
            links: of("FOLLOWS_FROM")
                .map(|reference| Ok((text(&reference["traceID"])?, text(&reference["spanID"])?)))
                .collect::<Result<_>>()?,
            start: span["startTime"].as_u64().context("a span without a beginning")?,
            tags: tags.map(|tag| Ok((text(&tag["key"])?, tag["value"].clone()))).collect::<Result<_>>()?,
        })
    }

    /// An attribute's text; empty where it has none.
    pub fn tag(&self, name: &str) -> String {
        match self.tags.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        }
    }
}
