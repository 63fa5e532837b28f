use super::connect::connect;
use super::pauses::Pauses;
use super::telling::Telling;
use super::{CLOSING, Core, Live, Status};
use futures::StreamExt;
use lapin::Event;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How often lapin's own view of the connection is looked at, besides the events that it sends.
const GLANCE: Duration = Duration::from_millis(500);

/// Keeps one connection, for ever, until the link is closed.
pub(super) async fn run(core: Arc<Core>) {
    let mut pauses = Pauses::new(core.shared.options.deadlines.reconnect);
    let mut telling = Telling::default();
    while let Some(connected) = core.closing.run_until_cancelled(connect(&core)).await {
        let why = match connected {
            Ok(live) => {
                let live = Arc::new(live);
                core.set(Status::Up(Arc::clone(&live)));
                tracing::info!(connection = core.purpose.label(), "connected to the broker");
                if core.shared.wastes_tls {
                    tracing::warn!("there are files for TLS, but by its URI the broker is reached without");
                }
                let connected = Instant::now();
                let why = watch(&core, &live).await;
                // Not before, or a broker that takes connections and ends them is asked again and again at once.
                if connected.elapsed() >= core.shared.options.deadlines.steady {
                    pauses.reset();
                    telling.reset();
                }
                live.lost.cancel();
                end(live).await;
                why
            }
            Err(why) => why,
        };
        if core.closing.is_cancelled() {
            break;
        }
        if telling.is_due(&why, Instant::now()) {
            tracing::warn!(connection = core.purpose.label(), why, "the broker is unavailable");
        }
        let since = match &*core.status.borrow() {
            Status::Down { since, .. } => *since,
            _ => Instant::now(),
        };
        core.set(Status::Down { since, why });
        metrics::counter!(crate::meters::RECONNECTS, "connection" => core.purpose.label()).increment(1);
        if core.closing.run_until_cancelled(tokio::time::sleep(pauses.next())).await.is_none() {
            break;
        }
    }
    core.set(Status::Closed);
}

/// Waits for the connection's end and says why it ended.
async fn watch(core: &Core, live: &Arc<Live>) -> String {
    let mut events = pin!(live.connection.events_listener());
    let mut glances = interval(GLANCE);
    let mut checks = interval(core.shared.options.deadlines.heartbeat);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    checks.reset();
    loop {
        let check = tokio::select! {
            event = events.next() => {
                match event {
                    Some(Event::ConnectionBlocked(why)) => {
                        tracing::warn!(connection = core.purpose.label(), why, "the broker takes no messages");
                        core.set(Status::Blocked { since: Instant::now(), why });
                    }
                    Some(Event::ConnectionUnblocked) => {
                        tracing::info!(connection = core.purpose.label(), "the broker takes messages again");
                        core.set(Status::Up(Arc::clone(live)));
                    }
                    // lapin tells of channels' errors too.
                    Some(Event::Error(error)) if !live.connection.status().connected() => {
                        return error.to_string();
                    }
                    Some(_) => {}
                    None => return "the connection ended".to_owned(),
                }
                false
            }
            _ = glances.tick() => false,
            _ = checks.tick() => true,
            () = core.suspected.notified() => true,
            () = core.closing.cancelled() => return "closed".to_owned(),
        };
        if !live.connection.status().connected() {
            return "the connection ended".to_owned();
        }
        // A blocked connection carries no requests; the broker's heartbeats tell whether it lives.
        let blocked = live.connection.status().blocked();
        if check && !blocked && unanswered(core, live).await {
            return "the broker does not answer".to_owned();
        }
    }
}

/// Asks for an answer. That the broker blocked the connection meanwhile is none, but no fault either.
async fn unanswered(core: &Core, live: &Live) -> bool {
    let checked = core.closing.run_until_cancelled(live.check()).await;
    matches!(checked, Some(Err(_))) && !live.connection.status().blocked()
}

/// Tells the broker that the connection ends, if it still listens.
async fn end(live: Arc<Live>) {
    if live.connection.status().connected() {
        let _ = timeout(CLOSING, live.connection.close(200, "closed by its owner".into())).await;
    }
}
