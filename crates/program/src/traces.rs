//! What a program is told of tracing: the standard variables of OpenTelemetry, and flags and keys for the same.

use pawnshop_runtime::settings::{Program, Settings, parse};
use pawnshop_trace::{EndpointError, Sampler, TraceOptions, endpoint};
use secrecy::SecretString;

/// What the program's spans are to be. `None`: there is no tracing, or something of it is faulty, which is noted.
pub fn options(settings: &mut Settings, program: &Program) -> Option<TraceOptions> {
    let to = settings.optional("otlp-endpoint", |text| endpoint(text).map_err(EndpointError::reason));
    let headers = settings.optional("otlp-headers", headers);
    let ratio = settings.value("traces-sampler-arg", Sampler::ratio);
    let sampler = settings.value("traces-sampler", |name| Sampler::new(name, ratio.unwrap_or_default()));
    let service = settings.optional("otel-service-name", parse::text);
    Some(TraceOptions {
        endpoint: to?,
        headers,
        sampler: sampler?,
        service: service.unwrap_or_else(|| program.name.to_owned()),
        version: program.version,
    })
}

/// Kept as they are, once it is known that they can be read.
fn headers(text: &str) -> Result<SecretString, &'static str> {
    match pawnshop_trace::headers(text) {
        Ok(_) => Ok(text.into()),
        Err(_) => Err("must be NAME=VALUE,... with values as in a URL"),
    }
}
