use crate::folder::Folder;
use crate::process::{Launch, Process, log_in};
use crate::{Certificates, ports, tools, wait};
use anyhow::{Context, Result};
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, TlsOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::timeout;

const COMMAND_PATIENCE: Duration = Duration::from_secs(10);
const STOP_PATIENCE: Duration = Duration::from_secs(30);

static SHARED: OnceCell<Mongo> = OnceCell::const_new();

/// A server that speaks MongoDB's wire protocol: SecantusDB of our own, or somebody's that `STORE_URI` names.
#[derive(Debug)]
pub struct Mongo {
    uri: String,
    own: Option<Own>,
}

/// What there is to a server that this process started. The process goes first, then its data.
#[derive(Debug)]
struct Own {
    process: Process,
    port: u16,
    fail_points: bool,
    /// Who vouches for its certificate, where it has one.
    ca: Option<PathBuf>,
    _folder: Folder,
}

impl Mongo {
    /// The server that all tests of this process share: that of `STORE_URI`, or one that is started now and
    /// ends with this process.
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

    /// The server that the environment names.
    pub fn given() -> Option<Self> {
        let uri = std::env::var("STORE_URI").ok().filter(|uri| !uri.is_empty())?;
        Some(Self { uri, own: None })
    }

    /// Whether [`Mongo::shared`] can be had here; the error tells why not.
    pub fn available() -> Result<(), String> {
        if Self::given().is_some() { Ok(()) } else { Self::installed() }
    }

    /// Whether a server can be started here; the error tells why not.
    pub fn installed() -> Result<(), String> {
        program().map(|_| ())
    }

    /// Starts a server with its data in a temporary folder.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start() -> Result<Self> {
        Folder::temporary_for("mongo", async |folder| Self::start_on(folder, None).await).await
    }

    /// Starts a server that speaks TLS only. The certificates must be there for as long as it runs. [`Mongo::uri`]
    /// does not say whom to trust.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start_with_tls(certificates: &Certificates) -> Result<Self> {
        let start = async |folder| Self::start_on(folder, Some(certificates)).await;
        Folder::temporary_for("mongo", start).await
    }

    /// Starts a server with its data in `folder`, which is kept.
    ///
    /// # Errors
    /// When it does not answer in time, with the end of its log.
    pub async fn start_in(folder: &Path) -> Result<Self> {
        Self::start_on(Folder::kept(folder)?, None).await
    }

    async fn start_on(folder: Folder, certificates: Option<&Certificates>) -> Result<Self> {
        let [port] = ports::free()?;
        let program = program().map_err(anyhow::Error::msg)?;
        let fail_points = has_fail_points(&program);
        let home = folder.path();
        let data = home.join("data");
        let mut arguments: Vec<_> =
            ["--host", "127.0.0.1", "--port", &port.to_string()].map(Into::into).into();
        arguments.extend(["--sync-on-commit", "--storage-path"].map(Into::into));
        arguments.push(data.into_os_string());
        arguments.extend(fail_points.then(|| "--enable-test-commands".into()));
        if let Some(files) = certificates {
            let files =
                [("--tls-cert-file", files.server_certificate()), ("--tls-key-file", files.server_key())];
            arguments.extend(files.into_iter().flat_map(|(flag, file)| [flag.into(), file.into()]));
        }
        let launch = Launch {
            name: "SecantusDB".to_owned(),
            program,
            arguments,
            // Where it would look for a configuration of somebody else's.
            environment: vec![("HOME".to_owned(), home.into())],
            log: log_in(home, "secantusdb"),
            scratch: folder.scratch(),
        };
        let process = Process::start(launch)?;
        // Direct: through a proxy, too, the client stays where it was sent.
        let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
        let ca = certificates.map(|files| files.ca().to_owned());
        let mut mongo = Self { uri, own: Some(Own { process, port, fail_points, ca, _folder: folder }) };
        mongo.ready().await?;
        Ok(mongo)
    }

    /// `mongodb://127.0.0.1:PORT/?directConnection=true`, the same after a restart.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// A client of the server.
    ///
    /// # Errors
    /// When the URI is none.
    pub async fn client(&self) -> Result<Client> {
        pawnshop_runtime::tls::install_provider();
        let mut options = ClientOptions::parse(&self.uri).await.context("the store's URI")?;
        if let Some(ca) = self.own.as_ref().and_then(|own| own.ca.clone()) {
            options.tls = Some(TlsOptions::builder().ca_file_path(ca).build().into());
        }
        Client::with_options(options).context("a client of the store")
    }

    /// SIGKILL; returns when it is gone.
    ///
    /// # Errors
    /// When it is not our own, or is not gone in time.
    pub async fn kill(&mut self) -> Result<()> {
        self.own()?.process.kill().await
    }

    /// SIGTERM: it closes its files.
    ///
    /// # Errors
    /// When it is not our own, or had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        self.own()?.process.stop(STOP_PATIENCE).await.map(|_| ())
    }

    /// Starts it again on the same data and port, killing it first if it runs; returns when it is ready.
    ///
    /// # Errors
    /// When it is not our own, or not ready in time.
    pub async fn restart(&mut self) -> Result<()> {
        let own = self.own()?;
        own.process.kill().await?;
        ports::released(&[own.port]).await?;
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

    /// An error when a server of our own ended.
    ///
    /// # Errors
    /// How it ended, and its last words.
    pub fn check(&mut self) -> Result<()> {
        self.own.as_mut().map_or(Ok(()), |own| own.process.check())
    }

    /// Whether it is our own and has fail points, without which [`Mongo::fail_commands`] is an error.
    pub fn has_fail_points(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.fail_points)
    }

    /// Lets commands fail as `data` says, e.g. `{failCommands: ["insert"], errorCode: 10107}`, for as long as
    /// `mode` says: `"alwaysOn"` or `{times: 3}` (MongoDB's fail point `failCommand`). For the whole server.
    ///
    /// # Errors
    /// When the server has no fail points.
    pub async fn fail_commands(&self, mode: impl Into<mongodb::bson::Bson>, data: Document) -> Result<()> {
        self.fail_point(doc! {"configureFailPoint": "failCommand", "mode": mode, "data": data}).await
    }

    /// Ends what [`Mongo::fail_commands`] began.
    ///
    /// # Errors
    /// When the server has no fail points.
    pub async fn heal_commands(&self) -> Result<()> {
        self.fail_point(doc! {"configureFailPoint": "failCommand", "mode": "off"}).await
    }

    async fn fail_point(&self, command: Document) -> Result<()> {
        let client = self.client().await?;
        let admin = client.database("admin");
        timeout(COMMAND_PATIENCE, admin.run_command(command)).await.context("no answer in time")??;
        Ok(())
    }

    fn own(&mut self) -> Result<&mut Own> {
        self.own.as_mut().context("a server that STORE_URI names is not ours to stop")
    }

    /// Waits until it answers `hello` as a primary.
    async fn ready(&mut self) -> Result<()> {
        let client = self.client().await?;
        let admin = client.database("admin");
        wait::until_ready(&mut self.own()?.process, async |_| {
            let hello = timeout(Duration::from_secs(2), admin.run_command(doc! {"hello": 1})).await;
            matches!(hello, Ok(Ok(told)) if told.get_bool("isWritablePrimary").unwrap_or_default())
        })
        .await
    }
}

/// The faster of SecantusDB's two programs, which `SECANTUSDB` may name, has none.
fn has_fail_points(program: &Path) -> bool {
    program.ends_with("secantusd-py")
}

fn program() -> Result<PathBuf, String> {
    tools::cached("SECANTUSDB", "secantusdb", "secantusd-py")
}
