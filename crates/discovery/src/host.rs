use std::fmt::{self, Display, Formatter};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// A host and a port: `worker-1:7070`, `10.0.0.7:7070`, `[fd00::7]:7070`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    host: String,
    port: u16,
}

/// Why a text is no [`HostPort`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostPortError {
    /// There is no port.
    #[error("{0:?} must be HOST:PORT")]
    Form(String),
    /// The port is not one.
    #[error("{0:?} must end with a port from 1 to 65535")]
    Port(String),
    /// The host is no name and no address.
    #[error("{0:?} has no host name or address before its port (IPv6 addresses stand in brackets)")]
    Host(String),
}

impl HostPort {
    /// The name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address, when no name needs to be looked up.
    pub fn address(&self) -> Option<SocketAddr> {
        self.host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, self.port))
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let (host, port) = text.rsplit_once(':').ok_or_else(|| HostPortError::Form(text.to_owned()))?;
        let port = port.parse().ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| HostPortError::Port(text.to_owned()))?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let well_formed = match bracketed {
            Some(address) => matches!(address.parse(), Ok(IpAddr::V6(_))),
            None => is_name(host),
        };
        if !well_formed {
            return Err(HostPortError::Host(text.to_owned()));
        }
        Ok(Self { host: bracketed.unwrap_or(host).to_owned(), port })
    }
}

/// A DNS name or an IPv4 address; underscores are no host's, but some networks have them.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(label)
}

impl Display for HostPort {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(formatter, "[{}]:{}", self.host, self.port);
        }
        write!(formatter, "{}:{}", self.host, self.port)
    }
}
