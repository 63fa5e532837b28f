use crate::Sampler;
use http::Uri;
use secrecy::SecretString;

/// Where OTLP over HTTP takes spans, below an endpoint (OTLP specification, "OTLP/HTTP request").
const TRACES_PATH: &str = "/v1/traces";

/// What is to be traced, and where it goes.
#[derive(Clone, Debug)]
pub struct TraceOptions {
    /// Where spans are posted; see [`endpoint`]. Its path may hold a key.
    pub endpoint: Uri,
    /// Sent with them, as [`headers`](crate::headers()) reads them.
    pub headers: Option<SecretString>,
    /// Which requests are traced.
    pub sampler: Sampler,
    /// Whose spans they are: `service.name`.
    pub service: String,
    /// Of which release: `service.version`.
    pub version: &'static str,
}

/// Why an endpoint is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum EndpointError {
    /// Not a URL that can be posted to.
    NoUrl,
    /// Its host is shown, in logs among others.
    Credentials,
}

impl EndpointError {
    /// What is wrong, without the endpoint.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoUrl => {
                "must be http://HOST:PORT or https://HOST:PORT of a collector that takes OTLP over HTTP, such as http://localhost:4318"
            }
            Self::Credentials => "must hold no user and password: these belong in the headers",
        }
    }
}

/// Where spans are posted, given a collector's endpoint as `OTEL_EXPORTER_OTLP_ENDPOINT` has it: without the path of
/// traces.
///
/// # Errors
/// When it is no URL of http or https, or holds credentials.
pub fn endpoint(text: &str) -> Result<Uri, EndpointError> {
    let base: Uri = text.parse().map_err(|_| EndpointError::NoUrl)?;
    let web = matches!(base.scheme_str(), Some("http" | "https"));
    let authority = base.authority().filter(|_| web).ok_or(EndpointError::NoUrl)?;
    if authority.as_str().contains('@') {
        return Err(EndpointError::Credentials);
    }
    if base.query().is_some() {
        return Err(EndpointError::NoUrl);
    }
    format!("{}{TRACES_PATH}", text.trim_end_matches('/')).parse().map_err(|_| EndpointError::NoUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_posted_below_the_endpoint() {
        for (text, uri) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("https://collector/", "https://collector/v1/traces"),
            ("https://collector/otlp/", "https://collector/otlp/v1/traces"),
        ] {
            assert_eq!(endpoint(text).unwrap().to_string(), uri);
        }
    }

    #[test]
    fn what_cannot_be_posted_to_is_refused() {
        for text in ["", "localhost:4318", "/v1/traces", "grpc://collector:4317", "http://c/?a=b", "http://"]
        {
            assert_eq!(endpoint(text), Err(EndpointError::NoUrl), "{text}");
        }
        assert_eq!(endpoint("http://ada:hunter2@collector"), Err(EndpointError::Credentials));
    }
}
