//! Which implementation of cryptography TLS uses.

/// Makes ring the process's provider for rustls, unless one was chosen before. Several drivers bring rustls
/// along, and it panics at the first connection where none is chosen: every program calls this first thing.
pub fn install_provider() {
    // An error says that there is a provider already, which is all that is asked for.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_provider_may_be_installed_any_number_of_times() {
        super::install_provider();
        super::install_provider();
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }
}
