use crate::host::{HostPort, HostPortError};
use crate::{Discovery, Dns, Kubernetes, StaticList};
use std::fmt::{self, Debug, Formatter};
use std::str::FromStr;

/// Where workers are found, as a setting says it:
///
/// - `static:HOST:PORT,HOST:PORT`: these ([`StaticList`]);
/// - `dns:HOST:PORT`: every address of this name ([`Dns`]);
/// - `kubernetes:NAMESPACE/SERVICE:PORT-NAME`: the endpoints of this service ([`Kubernetes`]).
#[derive(Clone, PartialEq, Eq)]
pub struct Source(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Static(StaticList),
    Dns(Dns),
    Kubernetes { namespace: String, service: String, port: String },
}

/// Why a text names no [`Source`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is none of the forms.
    #[error(
        "{0:?} is none of the forms static:HOST:PORT,HOST:PORT, dns:HOST:PORT, kubernetes:NAMESPACE/SERVICE:PORT-NAME"
    )]
    Form(String),
    /// A host or port is at fault.
    #[error("{form} takes {takes}: {source}")]
    Host {
        /// `static` or `dns`.
        form: &'static str,
        /// What the form takes.
        takes: &'static str,
        /// What is wrong.
        source: HostPortError,
    },
    /// The namespace, service or port's name is at fault.
    #[error(
        "kubernetes takes NAMESPACE/SERVICE:PORT-NAME, each in lower-case letters, digits and dashes: not {0:?}"
    )]
    Service(String),
}

/// Parses a [`Source`]; the same as its [`FromStr`].
///
/// # Errors
/// When the text has none of the forms; the error tells them.
pub fn parse(text: &str) -> Result<Source, ParseError> {
    text.parse()
}

impl Source {
    /// What finds the workers.
    pub fn into_discovery(self) -> Box<dyn Discovery> {
        match self.0 {
            Kind::Static(list) => Box::new(list),
            Kind::Dns(dns) => Box::new(dns),
            Kind::Kubernetes { namespace, service, port } => {
                Box::new(Kubernetes::new(namespace, service, port))
            }
        }
    }
}

impl FromStr for Source {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let form = || ParseError::Form(text.to_owned());
        let (kind, rest) = text.split_once(':').ok_or_else(form)?;
        let kind = match kind {
            "static" => {
                let takes = "HOST:PORT, several joined by commas";
                let hosts: Result<Vec<HostPort>, _> =
                    rest.split(',').map(|host| host.trim().parse()).collect();
                let hosts = hosts.map_err(|source| ParseError::Host { form: "static", takes, source })?;
                Kind::Static(StaticList::new(hosts))
            }
            "dns" => {
                let host = rest.parse();
                let host =
                    host.map_err(|source| ParseError::Host { form: "dns", takes: "one HOST:PORT", source })?;
                Kind::Dns(Dns::new(host))
            }
            "kubernetes" => {
                let fault = || ParseError::Service(rest.to_owned());
                let (service, port) = rest.rsplit_once(':').ok_or_else(fault)?;
                let (namespace, service) = service.split_once('/').ok_or_else(fault)?;
                if ![namespace, service, port].into_iter().all(is_label) {
                    return Err(fault());
                }
                let [namespace, service, port] = [namespace, service, port].map(str::to_owned);
                Kind::Kubernetes { namespace, service, port }
            }
            _ => return Err(form()),
        };
        Ok(Self(kind))
    }
}

/// A label as Kubernetes has it (RFC 1123), which is what these names are.
fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl Debug for Source {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.clone().into_discovery().target())
    }
}

#[cfg(test)]
mod tests;
