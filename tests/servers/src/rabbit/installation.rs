//! Which RabbitMQ is started, and how one of its programs is run.

use crate::tools;
use std::ffi::OsString;
use std::path::PathBuf;

/// The variable that chooses: empty for the machine's own, or [`OTHER`].
const CHOICE: &str = "PAWNSHOP_RABBITMQ";
/// What `scripts/setup.sh` installs beside the machine's own.
const OTHER: &str = "4.0";
/// Where Debian's package has the broker; what is in PATH insists on a user of its own.
pub(super) const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// Its administration.
pub(super) const CTL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";
/// Has the other Debian's programs in the place of the machine's, for this process and what it starts: a mount
/// namespace ends with the last process in it, however that ends, and its mounts with it.
const WITHIN: &str = r#"mount --bind "$0/usr" /usr && exec "$@""#;

/// An installed RabbitMQ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Installation {
    /// Debian's package on this machine.
    Machine,
    /// The package of another release of Debian, in a system folder of its own.
    Within(PathBuf),
}

impl Installation {
    /// The one that the environment chooses; the error tells why it cannot be had.
    pub(super) fn chosen() -> Result<Self, String> {
        Self::of(&std::env::var(CHOICE).unwrap_or_default())
    }

    fn of(choice: &str) -> Result<Self, String> {
        match choice {
            "" => {
                tools::existing(SERVER.into(), "rabbitmq-server")?;
                Ok(Self::Machine)
            }
            OTHER => {
                let root = tools::cached_folder("RABBITMQ_4", "rabbitmq")?;
                match rustix::process::geteuid().is_root() {
                    true => Ok(Self::Within(root)),
                    false => Err(format!("RabbitMQ {OTHER} needs root: it has a /usr of its own")),
                }
            }
            other => Err(format!("{CHOICE}={other} is neither empty nor {OTHER}")),
        }
    }

    /// How a program is run where this RabbitMQ is: the executable, and its arguments.
    pub(super) fn command<'a>(
        &self,
        program: &'a str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> (PathBuf, Vec<OsString>) {
        let arguments = arguments.into_iter().map(OsString::from);
        match self {
            Self::Machine => (program.into(), arguments.collect()),
            Self::Within(root) => {
                let within = ["--mount", "/bin/sh", "-c", WITHIN].map(OsString::from);
                let within = within.into_iter().chain([root.into(), program.into()]);
                ("unshare".into(), within.chain(arguments).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_nobody_installs_is_refused_by_name() {
        let told = Installation::of("5.0").unwrap_err();
        assert_eq!(told, "PAWNSHOP_RABBITMQ=5.0 is neither empty nor 4.0");
    }

    #[test]
    fn a_program_of_another_system_runs_in_a_namespace_of_its_own() {
        let (unshare, arguments) = Installation::Within("/cache/4".into()).command(CTL, ["status"]);
        assert_eq!((unshare, arguments[0].clone()), ("unshare".into(), "--mount".into()));
        assert_eq!(arguments[4..], ["/cache/4", CTL, "status"]);
    }
}
