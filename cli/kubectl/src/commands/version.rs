use crate::terminal::print;
use std::process::ExitCode;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    print(&format!("kubectl-pawnshop {}", env!("CARGO_PKG_VERSION")))?;
    Ok(ExitCode::SUCCESS)
}
