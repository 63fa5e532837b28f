use crate::PoolStatus;
use crate::circuit::Circuits;
use crate::metrics::Settled;
use crate::tally::{Tallies, Tally};
use pawnshop_rpc::v1::figures_server::{Figures as Contract, FiguresServer};
use pawnshop_rpc::v1::flow_figures;
use pawnshop_rpc::v1::{
    FlowFigures, GetFiguresRequest, PoolFigures, RecentlyApplied, SettledEvents, WorkerFigures,
};
use pawnshop_scaling::Backlog;
use std::sync::Arc;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// Tells what these pools did and have before them, from memory.
pub(crate) fn figures(
    pools: Vec<watch::Receiver<PoolStatus>>,
    tallies: Tallies,
    circuits: Arc<Circuits>,
) -> FiguresServer<impl Contract> {
    FiguresServer::new(Server { pools, tallies, circuits })
}

struct Server {
    pools: Vec<watch::Receiver<PoolStatus>>,
    tallies: Tallies,
    circuits: Arc<Circuits>,
}

#[tonic::async_trait]
impl Contract for Server {
    async fn get_figures(&self, _: Request<GetFiguresRequest>) -> Result<Response<WorkerFigures>, Status> {
        Ok(Response::new(WorkerFigures {
            pools: self.pools.iter().map(|pool| self.pool(&pool.borrow())).collect(),
            unavailable: self.circuits.unavailable().into_iter().map(str::to_owned).collect(),
        }))
    }
}

impl Server {
    fn pool(&self, status: &PoolStatus) -> PoolFigures {
        let age = status.read_at.map(|read| read.elapsed().as_millis()).unwrap_or_default();
        let backlog_age_ms = u64::try_from(age).unwrap_or(u64::MAX);
        let flow = |flow: &crate::FlowStatus| {
            let tally = self.tallies.of_flow(&flow.name);
            FlowFigures {
                name: flow.name.to_string(),
                backlog: Some(match &flow.backlog {
                    Backlog::Known(events) => flow_figures::Backlog::Known(*events),
                    Backlog::Unknown(reason) => flow_figures::Backlog::Unknown(reason.clone()),
                }),
                backlog_age_ms,
                settled: Some(settled(&tally)),
                recently_applied: Some(recently_applied(&tally)),
            }
        };
        PoolFigures {
            name: status.name.clone(),
            workers: status.workers,
            paused: status.paused,
            flows: status.flows.iter().map(flow).collect(),
        }
    }
}

fn settled(tally: &Tally) -> SettledEvents {
    SettledEvents {
        applied: tally.count(Settled::Applied),
        rejected: tally.count(Settled::Rejected),
        dead_lettered: tally.count(Settled::DeadLettered),
        retried: tally.count(Settled::Retried),
        returned: tally.count(Settled::Returned),
    }
}

fn recently_applied(tally: &Tally) -> RecentlyApplied {
    let ages = tally.recently_in_effect();
    RecentlyApplied { events: ages.times, age_sum_us: ages.sum, age_max_us: ages.max }
}
