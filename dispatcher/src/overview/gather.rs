use futures::future::{self, BoxFuture};
use futures::{FutureExt, StreamExt, stream};
use pawnshop_rpc::v1::figures_client::FiguresClient;
use pawnshop_rpc::v1::{GetFiguresRequest, WorkerFigures};
use pawnshop_rpc::{Channel, Roster};
use std::time::Duration;
use tokio::time::sleep;

/// How long the workers have to tell their figures, all of them together. They have them at hand.
const DEADLINE: Duration = Duration::from_millis(800);

/// The most workers that are asked, and at a time.
const MOST: usize = 256;
const AT_ONCE: usize = 64;

/// What the workers told.
pub(super) struct Gathered {
    /// How many there are.
    pub(super) known: usize,
    /// Of those that answered in time.
    pub(super) told: Vec<WorkerFigures>,
}

/// Asks every worker for its figures, once.
pub(super) async fn gather(roster: &dyn Roster) -> Gathered {
    let workers = roster.each();
    let known = workers.len();
    let answers = stream::iter(workers.into_iter().take(MOST)).map(ask).buffer_unordered(AT_ONCE);
    let told = answers.take_until(sleep(DEADLINE)).filter_map(future::ready).collect().await;
    Gathered { known, told }
}

/// Boxed, because the compiler cannot see through a generated client's future that it is `Send`.
fn ask(worker: Channel) -> BoxFuture<'static, Option<WorkerFigures>> {
    async {
        let answer = FiguresClient::new(worker).get_figures(GetFiguresRequest {}).await;
        match answer {
            Ok(figures) => Some(figures.into_inner()),
            Err(status) => {
                tracing::debug!(%status, "a worker does not tell its figures");
                None
            }
        }
    }
    .boxed()
}
