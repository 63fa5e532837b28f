//! What a broker of our own is told in its files.

use crate::{Certificates, ports};
use anyhow::Result;
use std::fmt::Write as _;
use std::path::Path;

/// Where a broker listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) amqp: u16,
    pub(super) management: u16,
    pub(super) distribution: u16,
    pub(super) epmd: u16,
    /// The same over TLS.
    pub(super) amqps: u16,
    pub(super) https: u16,
}

impl Ports {
    pub(super) fn free() -> Result<Self> {
        let [amqp, management, distribution, epmd, amqps, https] = ports::free()?;
        Ok(Self { amqp, management, distribution, epmd, amqps, https })
    }

    pub(super) fn all(&self) -> [u16; 6] {
        [self.amqp, self.management, self.distribution, self.epmd, self.amqps, self.https]
    }
}

/// `rabbitmq.conf`, with TLS where there are certificates.
pub(super) fn rabbitmq_conf(ports: &Ports, certificates: Option<&Certificates>) -> Result<String> {
    let Ports { amqp, management, amqps, https, .. } = ports;
    // Statistics are fresh soon, and a disk that is nearly full is no alarm of its own.
    let mut text = format!(
        "listeners.tcp.1 = 127.0.0.1:{amqp}\n\
         management.tcp.ip = 127.0.0.1\n\
         management.tcp.port = {management}\n\
         collect_statistics_interval = 500\n\
         disk_free_limit.absolute = 50MB\n\
         log.file = false\n\
         log.console = true\n\
         log.console.level = info\n"
    );
    if let Some(certificates) = certificates {
        // 127.0.0.2 is a name that the certificate does not have.
        write!(
            text,
            "listeners.ssl.1 = 127.0.0.1:{amqps}\n\
             listeners.ssl.2 = 127.0.0.2:{amqps}\n\
             management.ssl.ip = 127.0.0.1\n\
             management.ssl.port = {https}\n"
        )?;
        only_for_clients_of_the_authority(&mut text, "ssl_options", certificates)?;
        only_for_clients_of_the_authority(&mut text, "management.ssl", certificates)?;
    }
    Ok(text)
}

fn only_for_clients_of_the_authority(text: &mut String, of: &str, files: &Certificates) -> Result<()> {
    let mut file = |key: &str, path: &Path| writeln!(text, "{of}.{key} = {}", path.display());
    file("cacertfile", files.ca())?;
    file("certfile", files.server_certificate())?;
    file("keyfile", files.server_key())?;
    Ok(write!(text, "{of}.verify = verify_peer\n{of}.fail_if_no_peer_cert = true\n")?)
}
