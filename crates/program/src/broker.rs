//! The broker that a program is told of.

use pawnshop_domain::ShopName;
use pawnshop_messaging::RetrySchedule;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions, StartError, Tls, TlsFile};
use pawnshop_runtime::settings::{Settings, parse};
use std::sync::Arc;

/// The broker's options as far as all programs set them. `None`: something of it is missing or faulty, which is noted.
pub fn options(
    settings: &mut Settings,
    shop: Option<&ShopName>,
    schedule: Option<&RetrySchedule>,
) -> Option<RabbitOptions> {
    let uri = settings.required("broker-uri", parse::secret);
    let management_uri = settings.optional("broker-management-uri", parse::secret);
    let tls = Tls {
        ca_file: settings.optional("broker-ca-file", parse::path),
        certificate_file: settings.optional("broker-certificate-file", parse::path),
        key_file: settings.optional("broker-key-file", parse::path),
    };
    let mut options = RabbitOptions::new(uri?, shop?.clone());
    options.management_uri = management_uri;
    options.tls = tls;
    options.schedule = schedule?.clone();
    Some(options)
}

/// Has the broker connect in the background, where its options are there. It says itself what is wrong with its URI and
/// files: `None` when anything is, which is noted. Must be called within a tokio runtime.
pub fn start(options: Option<RabbitOptions>, settings: &mut Settings) -> Option<Arc<RabbitBroker>> {
    let started = RabbitBroker::start(options?);
    started.map_err(|fault| settings.fault(key(&fault), fault)).ok().map(Arc::new)
}

fn key(fault: &StartError) -> &'static str {
    match fault {
        StartError::ManagementUri(_) => "broker-management-uri",
        StartError::TlsFile { file: TlsFile::Authorities, .. } => "broker-ca-file",
        StartError::TlsFile { file: TlsFile::Certificate, .. } => "broker-certificate-file",
        StartError::TlsFile { file: TlsFile::Key, .. } => "broker-key-file",
        StartError::Uri(_) | StartError::Tls(_) | StartError::Runtime(_) => "broker-uri",
    }
}
