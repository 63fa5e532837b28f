use http::Uri;
use std::fmt;
use std::str::FromStr;

/// Where a dispatcher is: `http://host[:port][/prefix]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    authority: String,
    host: String,
    port: u16,
    prefix: String,
}

impl Target {
    /// A dispatcher on this machine, or one that must think so.
    pub(super) fn loopback() -> Self {
        const HOST: &str = "127.0.0.1";
        Self { authority: HOST.to_owned(), host: HOST.to_owned(), port: 80, prefix: String::new() }
    }

    /// What to connect to.
    pub(crate) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// The `Host` of every request.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// A request's path, below the prefix that the URL has.
    pub(crate) fn path(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.prefix)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const WANTED: &str = "must be a URL such as http://127.0.0.1:8080";
        let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = full.parse().map_err(|error| format!("{WANTED} ({error})"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err("https is not supported yet: use the dispatcher's own http:// address".to_owned());
            }
            _ => return Err(WANTED.to_owned()),
        }
        let authority = uri.authority().ok_or(WANTED)?;
        if authority.host().is_empty() || authority.as_str().contains('@') || uri.query().is_some() {
            return Err(WANTED.to_owned());
        }
        Ok(Self {
            authority: authority.as_str().to_owned(),
            host: authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: authority.port_u16().unwrap_or(80),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target: Target = "http://[::1]:8080/shop/".parse().unwrap();
        assert_eq!(target.address(), ("::1", 8080));
        assert_eq!(target.path("/healthz"), "/shop/healthz");
        assert_eq!(target.to_string(), "http://[::1]:8080/shop");
    }

    #[test]
    fn a_bare_address_means_http() {
        let target: Target = "localhost".parse().unwrap();
        assert_eq!(target.address(), ("localhost", 80));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "http://", "ftp://a", "https://a", "http://user:secret@host", "http://a b"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
