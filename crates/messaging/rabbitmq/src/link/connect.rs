use super::explain::{Manner, explain};
use super::{Core, Live};
use crate::StartError;
use crate::topology;
use lapin::tcp::{AMQPUriTcpExt, RustlsConnector};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties};
use rustls::ClientConfig;
use secrecy::ExposeSecret;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Reads and checks the broker's URI. Errors do not repeat it, for it holds a password.
pub(crate) fn parse_uri(uri: &secrecy::SecretString) -> Result<AMQPUri, StartError> {
    let text = uri.expose_secret();
    if text.contains("@[") || text.contains("//[") {
        return Err(StartError::Uri("an IPv6 address cannot be used; give it a name".to_owned()));
    }
    let faulty = |why: String| match why.starts_with("Invalid URL") {
        true => StartError::Uri("it is not an amqp:// or amqps:// URI".to_owned()),
        false => StartError::Uri(why),
    };
    text.parse::<AMQPUri>().map_err(faulty)
}

/// Connects once and declares the topology; says why not.
pub(super) async fn connect(core: &Core) -> Result<Live, String> {
    let shared = &core.shared;
    let deadlines = &shared.options.deadlines;
    let opened = timeout(deadlines.connect, open_for(core));
    let connection = match opened.await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => {
            let manner = Manner {
                encrypted: shared.uri.scheme == AMQPScheme::AMQPS,
                certified: shared.options.tls.certificate_file.is_some(),
            };
            return Err(format!("cannot connect to the broker: {}", explain(&error, manner)));
        }
        Err(_) => return Err("cannot connect to the broker: it does not answer".to_owned()),
    };
    let live = Live { connection, lost: CancellationToken::new(), patience: deadlines.request };
    match topology::declare(&live, shared, &shared.flows()).await {
        // A queue with other arguments is a matter between its flow's callers and a person; others go on.
        Ok(()) | Err(topology::DeclareError::Refused(_)) => Ok(live),
        Err(topology::DeclareError::Lost(why)) => Err(format!("cannot declare the queues: {why}")),
    }
}

async fn open_for(core: &Core) -> lapin::Result<Connection> {
    let options = &core.shared.options;
    let mut uri = core.shared.uri.clone();
    let heartbeat = u16::try_from(options.deadlines.heartbeat.as_secs()).unwrap_or(u16::MAX).max(1);
    uri.query.heartbeat.get_or_insert(heartbeat);
    let name = format!("{} ({})", options.connection_name, core.purpose.label());
    open(uri, core.shared.tls.clone(), name, options.deadlines.connect).await
}

/// Opens a connection that the broker lists under this name. `tls`: for `amqps`.
pub(crate) async fn open(
    uri: AMQPUri,
    tls: Option<Arc<ClientConfig>>,
    name: String,
    patience: Duration,
) -> lapin::Result<Connection> {
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let tls = match uri.scheme {
        AMQPScheme::AMQP => None,
        AMQPScheme::AMQPS => tls.map(RustlsConnector::from),
    };
    // The time-out stands in here too, for lapin connects in a thread of its own that would outlive the caller's.
    let stream = async move |mut uri: AMQPUri, runtime| {
        // lapin's own TLS would read the system's authorities at each connect.
        uri.scheme = AMQPScheme::AMQP;
        let connecting = async {
            let stream = uri.connect_async(&runtime).await?;
            match &tls {
                Some(tls) => stream.into_rustls(tls, &uri.authority.host).await,
                None => Ok(stream),
            }
        };
        match timeout(patience, connecting).await {
            Ok(stream) => Ok(stream?),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    };
    Connection::connector(uri, lapin::runtime::default_runtime()?, stream, properties).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_uri_is_refused_without_repeating_its_password() {
        for wrong in
            ["", "nonsense", "http://u:pass-word@host", "amqp:u:pass-word", "amqp://u:pass-word@[::1]/"]
        {
            let error = parse_uri(&wrong.into()).err().unwrap().to_string();
            assert!(!error.contains("pass-word"), "{error}");
        }
        assert_eq!(parse_uri(&"amqps://a:b@host/shop".into()).unwrap().vhost, "shop");
    }
}
