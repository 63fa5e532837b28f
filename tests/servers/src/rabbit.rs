mod configuration;
mod installation;

use crate::folder::Folder;
use crate::process::{Launch, Process, log_in};
use crate::{Certificates, http, ports, wait};
use anyhow::{Context, Result, ensure};
use configuration::{Ports, rabbitmq_conf};
use installation::{CTL, Installation, SERVER};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// The node's name: it is part of the data, so it stays. Each broker has a name server (epmd) to itself.
const NODE: &str = "pawnshop@localhost";
/// epmd and broker as one group of processes.
const START: &str = r#"epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" & exec "$0" "$@""#;
const CTL_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(30);

static SHARED: OnceCell<Rabbit> = OnceCell::const_new();

/// A RabbitMQ: one of our own, or somebody's that `BROKER_URI` names.
#[derive(Debug)]
pub struct Rabbit {
    uri: String,
    management_uri: Option<String>,
    own: Option<Own>,
}

/// What there is to a broker that this process started. The process goes first, then its data.
#[derive(Debug)]
struct Own {
    process: Process,
    installation: Installation,
    ports: Ports,
    environment: Vec<(String, OsString)>,
    _folder: Folder,
}

impl Rabbit {
    /// The broker that all tests of this process share: that of `BROKER_URI` (with its management API at
    /// `BROKER_MANAGEMENT_URI`), or one that is started now and ends with this process.
    ///
    /// # Errors
    /// When none can be had.
    pub async fn shared() -> Result<&'static Self> {
        SHARED
            .get_or_try_init(|| async {
                match Self::given() {
                    Some(given) => Ok(given),
                    None => Self::start().await,
                }
            })
            .await
    }

    /// The broker that the environment names.
    pub fn given() -> Option<Self> {
        let set = |name| std::env::var(name).ok().filter(|uri| !uri.is_empty());
        Some(Self { uri: set("BROKER_URI")?, management_uri: set("BROKER_MANAGEMENT_URI"), own: None })
    }

    /// Whether [`Rabbit::shared`] can be had here; the error tells why not.
    pub fn available() -> Result<(), String> {
        if Self::given().is_some() { Ok(()) } else { Self::installed() }
    }

    /// Whether a broker can be started here; the error tells why not.
    pub fn installed() -> Result<(), String> {
        Installation::chosen().map(|_| ())
    }

    /// Starts a broker with its data in a temporary folder.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start() -> Result<Self> {
        Folder::temporary_for("rabbitmq", async |folder| Self::start_on(folder, None).await).await
    }

    /// Starts a broker that speaks TLS as well ([`Rabbit::tls_uri`]), to clients with a certificate of the same
    /// authority. The certificates must be there for as long as it runs.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start_with_tls(certificates: &Certificates) -> Result<Self> {
        let start = async |folder| Self::start_on(folder, Some(certificates)).await;
        Folder::temporary_for("rabbitmq", start).await
    }

    /// Starts a broker with its data in `folder`, which is kept.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start_in(folder: &Path) -> Result<Self> {
        Self::start_on(Folder::kept(folder)?, None).await
    }

    async fn start_on(folder: Folder, certificates: Option<&Certificates>) -> Result<Self> {
        let installation = Installation::chosen().map_err(anyhow::Error::msg)?;
        let ports = Ports::free()?;
        let home = folder.path();
        let configuration = home.join("rabbitmq.conf");
        let plugins = home.join("enabled_plugins");
        std::fs::write(&configuration, rabbitmq_conf(&ports, certificates)?)?;
        std::fs::write(&plugins, "[rabbitmq_management].\n")?;
        let environment = [
            // The Erlang cookie.
            ("HOME", home.into()),
            ("RABBITMQ_NODENAME", NODE.into()),
            ("RABBITMQ_CONFIG_FILE", configuration.into_os_string()),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.into_os_string()),
            // The machine's own settings are for its own broker.
            ("RABBITMQ_CONF_ENV_FILE", home.join("none").into_os_string()),
            ("RABBITMQ_MNESIA_BASE", home.join("data").into_os_string()),
            ("RABBITMQ_LOG_BASE", home.join("log").into_os_string()),
            ("RABBITMQ_DIST_PORT", ports.distribution.to_string().into()),
            ("ERL_EPMD_PORT", ports.epmd.to_string().into()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
            ("ERL_CRASH_DUMP", home.join("erl_crash.dump").into_os_string()),
            // No shell of its own around the Erlang machine, and no Erlang shell in it.
            ("RABBITMQ_ALLOW_INPUT", "1".into()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let (program, arguments) = installation.command("/bin/sh", ["-c", START, SERVER, "-noinput"]);
        let launch = Launch {
            name: "RabbitMQ".to_owned(),
            program,
            arguments,
            environment: environment.clone(),
            log: log_in(home, "rabbitmq"),
            scratch: folder.scratch(),
        };
        let process = Process::start(launch)?;
        let mut rabbit = Self {
            uri: format!("amqp://guest:guest@127.0.0.1:{}", ports.amqp),
            management_uri: Some(format!("http://guest:guest@127.0.0.1:{}", ports.management)),
            own: Some(Own { process, installation, ports, environment, _folder: folder }),
        };
        rabbit.ready().await?;
        Ok(rabbit)
    }

    /// `amqp://guest:guest@127.0.0.1:PORT`, the same after a restart.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// `amqps://guest:guest@127.0.0.1:PORT` of a broker that was started with certificates; at 127.0.0.2 it answers as
    /// well, which its certificate does not name.
    pub fn tls_uri(&self) -> Option<String> {
        self.own.as_ref().map(|own| format!("amqps://guest:guest@127.0.0.1:{}", own.ports.amqps))
    }

    /// The management API of such a broker, over TLS.
    pub fn tls_management_uri(&self) -> Option<String> {
        self.own.as_ref().map(|own| format!("https://guest:guest@127.0.0.1:{}", own.ports.https))
    }

    /// The management API, with its credentials; `None` when `BROKER_URI` came without one.
    pub fn management_uri(&self) -> Option<&str> {
        self.management_uri.as_deref()
    }

    /// SIGKILL, to its name server too; returns when they are gone.
    ///
    /// # Errors
    /// When it is not our own, or is not gone in time.
    pub async fn kill(&mut self) -> Result<()> {
        self.own()?.process.kill().await
    }

    /// SIGTERM: it closes its connections and files.
    ///
    /// # Errors
    /// When it is not our own, or had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        self.own()?.process.stop(STOP_PATIENCE).await.map(|_| ())
    }

    /// Starts it again on the same data and ports, killing it first if it runs; returns when it is ready.
    ///
    /// # Errors
    /// When it is not our own, or not ready in time.
    pub async fn restart(&mut self) -> Result<()> {
        let own = self.own()?;
        own.process.kill().await?;
        ports::released(&own.ports.all()).await?;
        own.process.restart()?;
        self.ready().await
    }

    /// SIGSTOP: it holds its connections and says nothing.
    ///
    /// # Errors
    /// When it is not our own.
    pub fn pause(&mut self) -> Result<()> {
        self.own().map(|own| own.process.pause())
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// When it is not our own.
    pub fn resume(&mut self) -> Result<()> {
        self.own().map(|own| own.process.resume())
    }

    /// An error when a broker of our own ended.
    ///
    /// # Errors
    /// How it ended, and its last words.
    pub fn check(&mut self) -> Result<()> {
        self.own.as_mut().map_or(Ok(()), |own| own.process.check())
    }

    /// What `rabbitmqctl` prints; it takes a second or two.
    ///
    /// # Errors
    /// When the broker is not our own, or the command fails.
    pub async fn rabbitmqctl(&self, arguments: &[&str]) -> Result<String> {
        let own = self.own.as_ref().context("rabbitmqctl is for brokers of our own")?;
        let words = ["-n", NODE].into_iter().chain(arguments.iter().copied());
        let (program, words) = own.installation.command(CTL, words);
        let mut command = Command::new(program);
        command.args(words).envs(own.environment.iter().cloned()).kill_on_drop(true);
        let output =
            timeout(CTL_PATIENCE, command.output()).await.context("rabbitmqctl takes too long")??;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "rabbitmqctl {arguments:?}: {}\n{out}{err}", output.status);
        Ok(out.into_owned())
    }

    fn own(&mut self) -> Result<&mut Own> {
        self.own.as_mut().context("a broker that BROKER_URI names is not ours to stop")
    }

    /// Waits until AMQP and management answer.
    async fn ready(&mut self) -> Result<()> {
        let http = http::client()?;
        let overview = format!("{}/api/overview", self.management_uri.as_deref().unwrap_or_default());
        let own = self.own()?;
        let amqp = own.ports.amqp;
        wait::until_ready(&mut own.process, async |_| {
            greets(amqp).await
                && matches!(http.get(&overview).send().await, Ok(answer) if answer.status().is_success())
        })
        .await
    }
}

/// Whether a broker answers the protocol header with a method frame (AMQP 0-9-1, 4.2.2).
async fn greets(port: u16) -> bool {
    let greeting = async {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
        connection.write_all(b"AMQP\x00\x00\x09\x01").await?;
        connection.read_u8().await
    };
    matches!(timeout(Duration::from_secs(2), greeting).await, Ok(Ok(1)))
}
