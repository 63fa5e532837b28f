//! What `make fleet` runs; everything it does is in the library.

use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    pawnshop_runtime::tls::install_provider();
    match pawnshop_servers::fleet::run(pawnshop_servers::fleet::Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make fleet: {error:#}");
            ExitCode::FAILURE
        }
    }
}
