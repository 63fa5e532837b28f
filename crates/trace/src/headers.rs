use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;

/// Why headers are not understood. It tells none of them, for they are secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be NAME=VALUE,... with values as in a URL, such as authorization=Basic%20YWRhOmFkYQ==")]
pub struct HeadersError;

/// Reads headers as `OTEL_EXPORTER_OTLP_HEADERS` has them: `name=value,...`, the values percent-encoded.
///
/// # Errors
/// When one of them is no header.
pub fn parse(text: &str) -> Result<HashMap<String, String>, HeadersError> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(pair).collect()
}

fn pair(text: &str) -> Result<(String, String), HeadersError> {
    let (name, value) = text.split_once('=').ok_or(HeadersError)?;
    let name = HeaderName::try_from(name.trim()).map_err(|_| HeadersError)?;
    let value = percent_decode_str(value.trim()).decode_utf8().map_err(|_| HeadersError)?;
    let value = HeaderValue::try_from(value.as_ref()).map_err(|_| HeadersError)?;
    let value = value.to_str().map_err(|_| HeadersError)?;
    Ok((name.to_string(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_named_values_as_in_a_url() {
        let headers = parse("authorization=Basic%20YWRh==, x-tenant=a%2Cb,").unwrap();
        assert_eq!(headers["authorization"], "Basic YWRh==");
        assert_eq!(headers["x-tenant"], "a,b");
        assert_eq!(parse(""), Ok(HashMap::new()));
    }

    #[test]
    fn what_is_no_header_is_refused_without_being_told() {
        for text in ["hunter2", "a b=hunter2", "a=hunter2%0Ax", "a=%ffhunter2"] {
            let error = parse(text).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
