use async_trait::async_trait;
use futures::future::{BoxFuture, TryFutureExt};
use serde::Serialize;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// One thing that a process depends on, and how to ask whether it works.
#[async_trait]
pub trait Probe: Send + Sync + 'static {
    /// The dependency's name, as `/readyz` lists it: `queue`, `store`, `workers`.
    fn name(&self) -> &str;

    /// Whether it would answer now; the error is the reason, one sentence for people and without secrets.
    async fn check(&self) -> Result<(), String>;
}

/// A probe that asks `subject` by a function, whose error is the reason: it holds no secrets.
pub fn probe<T, E>(
    name: &'static str,
    subject: Arc<T>,
    ask: for<'a> fn(&'a T) -> BoxFuture<'a, Result<(), E>>,
) -> Arc<dyn Probe>
where
    T: Send + Sync + ?Sized + 'static,
    E: Display + 'static,
{
    Arc::new(Asked { name, subject, ask })
}

struct Asked<T: ?Sized, E> {
    name: &'static str,
    subject: Arc<T>,
    ask: for<'a> fn(&'a T) -> BoxFuture<'a, Result<(), E>>,
}

#[async_trait]
impl<T: Send + Sync + ?Sized + 'static, E: Display + 'static> Probe for Asked<T, E> {
    fn name(&self) -> &str {
        self.name
    }

    async fn check(&self) -> Result<(), String> {
        (self.ask)(&self.subject).map_err(|error| error.to_string()).await
    }
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DependencyStatus {
    /// The probe's name.
    pub name: String,
    /// Whether the dependency works.
    pub state: DependencyState,
    /// Why it does not; absent when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether a dependency works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DependencyState {
    /// It answered.
    Ok,
    /// It did not answer, or not in time.
    Unavailable,
}

/// Asks every probe at once, each for at most `patience`, and answers in the order of `probes`. A probe that
/// panics or is late counts as unavailable.
pub async fn check_all(probes: &[Arc<dyn Probe>], patience: Duration) -> Vec<DependencyStatus> {
    let mut statuses: Vec<_> =
        probes.iter().map(|probe| unavailable(probe.name(), "the check failed")).collect();
    let mut checks = JoinSet::new();
    for (index, probe) in probes.iter().enumerate() {
        let probe = Arc::clone(probe);
        checks.spawn(async move { (index, check(probe.as_ref(), patience).await) });
    }
    while let Some(finished) = checks.join_next().await {
        if let Ok((index, status)) = finished
            && let Some(slot) = statuses.get_mut(index)
        {
            *slot = status;
        }
    }
    statuses
}

async fn check(probe: &dyn Probe, patience: Duration) -> DependencyStatus {
    match tokio::time::timeout(patience, probe.check()).await {
        Ok(Ok(())) => {
            DependencyStatus { name: probe.name().to_owned(), state: DependencyState::Ok, reason: None }
        }
        Ok(Err(reason)) => unavailable(probe.name(), &reason),
        Err(_) => unavailable(probe.name(), &format!("no answer within {} ms", patience.as_millis())),
    }
}

fn unavailable(name: &str, reason: &str) -> DependencyStatus {
    DependencyStatus {
        name: name.to_owned(),
        state: DependencyState::Unavailable,
        reason: Some(reason.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Fake {
        Works,
        Fails,
        Hangs,
        Panics,
    }

    #[async_trait]
    impl Probe for Fake {
        fn name(&self) -> &str {
            match self {
                Self::Works => "works",
                Self::Fails => "fails",
                Self::Hangs => "hangs",
                Self::Panics => "panics",
            }
        }

        async fn check(&self) -> Result<(), String> {
            match self {
                Self::Works => Ok(()),
                Self::Fails => Err("connection refused".to_owned()),
                Self::Hangs => std::future::pending().await,
                Self::Panics => panic!("a bug in a probe"),
            }
        }
    }

    #[tokio::test]
    async fn every_dependency_is_listed_in_order_whatever_its_probe_does() {
        let probes: Vec<Arc<dyn Probe>> =
            vec![Arc::new(Fake::Panics), Arc::new(Fake::Hangs), Arc::new(Fake::Works), Arc::new(Fake::Fails)];
        let statuses = check_all(&probes, Duration::from_millis(20)).await;
        let told: Vec<_> = statuses
            .iter()
            .map(|status| (status.name.as_str(), status.state, status.reason.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("panics", DependencyState::Unavailable, Some("the check failed")),
                ("hangs", DependencyState::Unavailable, Some("no answer within 20 ms")),
                ("works", DependencyState::Ok, None),
                ("fails", DependencyState::Unavailable, Some("connection refused")),
            ]
        );
    }

    #[tokio::test]
    async fn a_probe_by_a_function_is_as_well_as_its_subject() {
        let asked = |reason: Option<&'static str>| {
            probe("queue", Arc::new(reason), |reason| Box::pin(async { reason.map_or(Ok(()), Err) }))
        };
        let probes = [asked(None), asked(Some("connection refused"))];
        let statuses = check_all(&probes, Duration::from_secs(10)).await;
        let works = DependencyStatus { name: "queue".to_owned(), state: DependencyState::Ok, reason: None };
        assert_eq!(statuses, [works, unavailable("queue", "connection refused")]);
    }
}
