use crate::settings::{DispatcherSettings, PROGRAM};
use pawnshop_discovery::{BalanceOptions, balanced_with_roster};
use pawnshop_dispatcher::{Dispatcher, DispatcherOptions, StartError};
use pawnshop_domain::FlowName;
use pawnshop_messaging::{Broker, BrokerError};
use pawnshop_messaging_rabbitmq::RabbitBroker;
use pawnshop_runtime::operations::PROBE_DEADLINE;
use pawnshop_runtime::probe;
use pawnshop_runtime::process::{Process, announce};
use pawnshop_runtime::telemetry::LogFormat;
use pawnshop_trace::TraceOptions;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long the start waits for the broker; it goes on without.
const START_DEADLINE: Duration = Duration::from_secs(2);

/// How long the broker's connections may take to end, with what is still being published.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// A running dispatcher process.
pub(crate) struct Program {
    dispatcher: Dispatcher,
    broker: Arc<RabbitBroker>,
    accept_after_stop: Duration,
}

impl Process for Program {
    const NAME: &'static str = PROGRAM.name;
    type Settings = DispatcherSettings;
    type Error = StartError;

    /// One for every two cores, since a thread that is woken for each confirm costs more than it carries: on two cores
    /// with the broker beside it, one thread took a tenth more requests than two, at a fifth less processor time.
    fn threads(cores: usize) -> usize {
        cores.div_ceil(2)
    }

    fn log_format(settings: &DispatcherSettings) -> LogFormat {
        settings.log_format
    }

    fn tracing(settings: &DispatcherSettings) -> Option<&TraceOptions> {
        settings.tracing.as_ref()
    }

    /// Opens the listeners and says where they are. Neither the broker nor any worker need be there.
    async fn start(settings: DispatcherSettings) -> Result<Self, StartError> {
        let broker = Arc::clone(&settings.broker);
        declare(broker.as_ref(), &settings.flows).await;
        let (workers, roster) =
            balanced_with_roster(settings.workers.into_discovery(), BalanceOptions::default());
        let mut options = DispatcherOptions::new(settings.shop, broker.publisher(), workers, settings.flows);
        options.roster = roster;
        options.listen = settings.listen;
        options.admin_listen = settings.admin_listen;
        options.operations_listen = Some(settings.operations_listen);
        options.server.drain_deadline = settings.drain_deadline;
        options.probes = vec![probe("queue", Arc::clone(&broker), |broker| Box::pin(broker.probe()))];
        options.probe_deadline = PROBE_DEADLINE;
        let dispatcher = Dispatcher::start(options).await?;
        announce(&addresses(&dispatcher));
        tracing::info!("dispatching");
        Ok(Self { dispatcher, broker, accept_after_stop: settings.accept_after_stop })
    }

    /// Dispatches until it is told to end, then ends in good order: it is not ready from now on, still serves whoever has not noticed, then answers what is
    /// under way, and leaves nothing that it took unpublished.
    async fn serve(self, stop: CancellationToken) -> Result<(), StartError> {
        stop.cancelled().await;
        self.dispatcher.drain();
        sleep(self.accept_after_stop).await;
        self.dispatcher.shutdown().await;
        match timeout(CLOSE_DEADLINE, self.broker.close()).await {
            Ok(()) => tracing::info!("drained"),
            Err(_) => tracing::warn!("the broker's connections are left open: they took too long to close"),
        }
        Ok(())
    }
}

/// Makes the queues exist (decision D6). The broker remembers the flows and declares them at each connect, so that
/// none of these failures is the last word.
async fn declare(broker: &RabbitBroker, flows: &[FlowName]) {
    match timeout(START_DEADLINE, broker.declare(flows)).await {
        Ok(Ok(())) => {}
        Ok(Err(error @ BrokerError::Declare(_))) => {
            tracing::error!(%error, "writes will be refused until somebody mends the queues");
        }
        Ok(Err(error)) => tracing::warn!(%error, "starting without the broker"),
        Err(_) => tracing::warn!("starting without the broker: it does not answer"),
    }
}

/// Where the dispatcher listens, for whoever started the process.
fn addresses(dispatcher: &Dispatcher) -> String {
    let mut lines = format!("API http://{}\nadmin http://{}\n", dispatcher.addr(), dispatcher.admin_addr());
    if let Some(operations) = dispatcher.operations_addr() {
        lines += &format!("operations http://{operations}\n");
    }
    lines
}
