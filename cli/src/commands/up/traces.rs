use anyhow::anyhow;
use pawnshop_trace::{Sampler, TraceOptions, endpoint, headers};
use secrecy::ExposeSecret;
use std::fmt::Display;

/// What of the shop is traced: the standard variables of OpenTelemetry, and flags for the same.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Tracing")]
pub(super) struct TracingArgs {
    /// The collector that traces go to, by OTLP over HTTP: http://HOST:4318; without it there are none.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URI", hide_env_values = true)]
    otlp_endpoint: Option<String>,
    /// Headers for the collector, such as authorization=Bearer%20TOKEN; others can see a flag, so prefer the variable.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_HEADERS", value_name = "NAME=VALUE,...", hide_env_values = true)]
    otlp_headers: Option<secrecy::SecretString>,
    /// Which requests are traced: always_on, always_off or traceidratio, or parentbased_ and one of these to
    /// follow callers.
    #[arg(
        long,
        env = "OTEL_TRACES_SAMPLER",
        value_name = "NAME",
        default_value = "parentbased_traceidratio"
    )]
    traces_sampler: String,
    /// The ratio of traceidratio, from 0 to 1.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", value_name = "RATIO", default_value = "0.1")]
    traces_sampler_arg: String,
    /// What the program is called in traces.
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME", default_value = "pawnshop")]
    otel_service_name: String,
}

impl TracingArgs {
    /// What is asked for: no tracing without an endpoint.
    pub(super) fn options(self) -> anyhow::Result<Option<TraceOptions>> {
        let Some(text) = self.otlp_endpoint.filter(|text| !text.is_empty()) else { return Ok(None) };
        let endpoint = endpoint(&text).map_err(|error| fault("--otlp-endpoint", &error))?;
        if let Some(text) = &self.otlp_headers {
            headers(text.expose_secret()).map_err(|error| fault("--otlp-headers", &error))?;
        }
        let ratio = Sampler::ratio(&self.traces_sampler_arg);
        let ratio = ratio.map_err(|error| fault("--traces-sampler-arg", &error))?;
        let sampler = Sampler::new(&self.traces_sampler, ratio);
        Ok(Some(TraceOptions {
            endpoint,
            headers: self.otlp_headers,
            sampler: sampler.map_err(|error| fault("--traces-sampler", &error))?,
            service: self.otel_service_name,
            version: env!("CARGO_PKG_VERSION"),
        }))
    }
}

fn fault(flag: &str, error: &dyn Display) -> anyhow::Error {
    anyhow!("{flag}: {error}")
}
