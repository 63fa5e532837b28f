use lapin::ErrorKind;
use rustls::{AlertDescription as Alert, CertificateError};
use std::error::Error;
use std::io;

/// How a connect was tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// With TLS.
    pub(crate) encrypted: bool,
    /// With a certificate of the client's.
    pub(crate) certified: bool,
}

/// What a person reads of a failed connect: what it means, where that is known, and the error itself.
pub(crate) fn explain(error: &lapin::Error, manner: Manner) -> String {
    let meaning = match error.kind() {
        ErrorKind::IOError(error) => of_io(error, manner),
        ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_) => NO_AMQP.for_plain(manner),
        _ => None,
    };
    meaning.map_or_else(|| error.to_string(), |meaning| format!("{meaning} ({error})"))
}

/// What an answer that is none of AMQP's may mean.
struct Guess(&'static str);

const NO_AMQP: Guess = Guess("what answers does not speak AMQP: is it a port for amqps://?");
const ENDED: Guess = Guess("the connection was ended at once: is it a port for amqps://?");

impl Guess {
    fn for_plain(&self, manner: Manner) -> Option<&'static str> {
        (!manner.encrypted).then_some(self.0)
    }
}

fn of_io(error: &io::Error, manner: Manner) -> Option<&'static str> {
    match tls_error(error) {
        Some(error) => of_tls(error, manner),
        None if !ended(error) => None,
        // A broker that refuses a client's certificate may end the connection before its alert is read.
        None if manner.encrypted => Some(match manner.certified {
            true => "the connection was ended at once: does the broker accept this client's certificate?",
            false => "the connection was ended at once: does the broker want a certificate of its clients?",
        }),
        None => ENDED.for_plain(manner),
    }
}

fn of_tls(error: &rustls::Error, manner: Manner) -> Option<&'static str> {
    match error {
        // Not by its signature: an authority of the same name is trusted, as after it was made anew.
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => Some("no authority that is trusted here signed the broker's certificate"),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Some("the broker's certificate is for another name"),
        rustls::Error::InvalidMessage(_) => {
            Some("what answers does not speak TLS: is it a port for amqp://?")
        }
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::HandshakeFailure
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied,
        ) => Some(match manner.certified {
            true => "the broker does not accept this client's certificate",
            false => "the broker wants a certificate of its clients, and there is none",
        }),
        _ => None,
    }
}

/// rustls's own error, which travels within others.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let mut inner = error.get_ref().map(|error| error as &(dyn Error + 'static));
    while let Some(error) = inner {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        inner = match error.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref().map(|error| error as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn ended(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: io::Error, encrypted: bool, certified: bool) -> String {
        explain(&error.into(), Manner { encrypted, certified })
    }

    fn tls(error: rustls::Error) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, io::Error::other(error))
    }

    #[test]
    fn a_refused_certificate_is_one_that_is_missing_where_there_is_none() {
        let alert = || tls(rustls::Error::AlertReceived(Alert::HandshakeFailure));
        assert!(told(alert(), true, false).starts_with("the broker wants a certificate of its clients"));
        assert!(told(alert(), true, true).starts_with("the broker does not accept"));
    }

    #[test]
    fn an_authority_that_was_made_anew_is_a_stranger() {
        let signature = tls(rustls::Error::InvalidCertificate(CertificateError::BadSignature));
        assert!(told(signature, true, true).starts_with("no authority that is trusted here"));
    }

    #[test]
    fn a_connection_that_ends_at_once_is_a_question_and_nothing_else_is_guessed_at() {
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(told(reset(), false, false).contains("port for amqps://?"));
        assert!(told(reset(), true, false).contains("want a certificate"));
        assert!(told(reset(), true, true).contains("accept this client's certificate"));
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(told(refused(), false, false), lapin::Error::from(refused()).to_string());
    }
}
