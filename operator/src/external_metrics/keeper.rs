//! What the leader keeps: the Secret with the certificates, and the APIService. The others look on, and tell the same.

use super::ExternalMetricsOptions;
use super::certificates::{CertificateError, Stock, plan};
use super::registration;
use crate::apply::MANAGER;
use crate::client::is_not_leading;
use crate::leader::Leadership;
use crate::scaling::backend::Registration;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Api, Client, Resource};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// The longest pause after something failed.
const AFTER_ERROR: Duration = Duration::from_secs(5);

/// How long a process that ends may take to see who else answers.
const PARTING_DEADLINE: Duration = Duration::from_secs(3);

/// Why the API server could not be informed.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error("the Secret with the certificates cannot be read: {0}")]
    ReadSecret(kube::Error),
    #[error("the Secret with the certificates cannot be written: {0}")]
    WriteSecret(kube::Error),
    #[error(
        "there is no Secret {0} and it may not be made; it is part of the chart, which a helm upgrade makes anew"
    )]
    NoSecret(String),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("the APIService cannot be read: {0}")]
    ReadApiService(kube::Error),
    #[error("the APIService cannot be written: {0}")]
    WriteApiService(kube::Error),
    #[error("the ClusterRole {0} cannot be read that the APIService is to go with: {1}")]
    ReadOwner(String, kube::Error),
    #[error("the endpoints of the Service cannot be read: {0}")]
    ReadEndpoints(kube::Error),
    #[error("there is no ClusterRole {0} for the APIService to go with; it is part of the chart")]
    NoOwner(String),
}

impl KeepError {
    fn is_not_leading(&self) -> bool {
        matches!(self, Self::WriteSecret(error) | Self::WriteApiService(error) if is_not_leading(error))
    }
}

/// Keeps both.
pub(super) struct Keeper {
    options: ExternalMetricsOptions,
    leadership: Leadership,
    secrets: Api<Secret>,
    services: Api<APIService>,
    owners: Api<ClusterRole>,
    endpoints: Api<EndpointSlice>,
    told: watch::Sender<Registration>,
    /// The authority of the next certificate, and since when the APIService has been seen to believe it. Counted here
    /// rather than written down: no clocks are compared, and a new leader counts anew.
    announced: Option<(String, Instant)>,
}

impl Keeper {
    /// Writes with `client`, which holds writes back while this process does not lead.
    pub(super) fn new(
        client: Client,
        leadership: Leadership,
        options: ExternalMetricsOptions,
        told: watch::Sender<Registration>,
    ) -> Self {
        Self {
            secrets: Api::namespaced(client.clone(), &options.service.namespace),
            services: Api::all(client.clone()),
            endpoints: Api::namespaced(client.clone(), &options.service.namespace),
            owners: Api::all(client),
            options,
            leadership,
            told,
            announced: None,
        }
    }

    /// Looks so often, for ever, and as soon as this process leads.
    pub(super) async fn run(mut self, every: Duration) {
        if !self.options.enabled {
            return self.withdraw().await;
        }
        loop {
            let leads = self.leadership.is_held();
            let pause = match self.round(leads).await {
                Ok(()) => every,
                Err(error) if error.is_not_leading() => every,
                Err(error) => {
                    tracing::warn!(%error, "the API server cannot be told where external metrics are; trying again");
                    AFTER_ERROR.min(every)
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.leadership.held(), if !leads => {}
            }
        }
    }

    async fn round(&mut self, leads: bool) -> Result<(), KeepError> {
        let live = self.services.get_opt(registration::NAME).await.map_err(KeepError::ReadApiService)?;
        if let Some(owner) = live.as_ref().and_then(|live| self.other_owner(live)) {
            self.tell(Registration::OtherOwner(owner));
            return Ok(());
        }
        let secret = self.secrets.get_opt(&self.options.secret).await.map_err(KeepError::ReadSecret)?;
        let stock = secret.as_ref().map(Stock::of).unwrap_or_default();
        if leads {
            let stock = self.renewed(secret, stock, live.as_ref()).await?;
            return self.register(live.as_ref(), &stock).await;
        }
        let is_ours = match (&live, &stock.current) {
            (Some(live), Some(current)) => registration::believes(live, &current.authority),
            _ => false,
        };
        self.tell(if is_ours { Registration::Ours } else { Registration::Unknown });
        Ok(())
    }

    fn other_owner(&self, live: &APIService) -> Option<String> {
        registration::other_owner(live, &self.options.service)
    }

    fn tell(&self, now: Registration) {
        let is_new = self.told.send_if_modified(|told| std::mem::replace(told, now.clone()) != now);
        match now {
            _ if !is_new => {}
            Registration::OtherOwner(owner) => tracing::warn!(
                owner,
                "external metrics of this cluster are another's, who is left alone: pools are scaled without them"
            ),
            now => tracing::info!(?now, "external metrics"),
        }
    }

    /// Brings the certificates to what they are to be.
    async fn renewed(
        &mut self,
        secret: Option<Secret>,
        stock: Stock,
        live: Option<&APIService>,
    ) -> Result<Stock, KeepError> {
        let is_announced = self.is_announced(&stock, live);
        let (host, times) = (self.options.service.host(), &self.options.certificates);
        let Some(planned) = plan(&stock, &host, times, is_announced, SystemTime::now())? else {
            return Ok(stock);
        };
        self.store(secret, &planned).await?;
        tracing::info!(
            announces = planned.next.is_some(),
            "the certificates for external metrics are other ones"
        );
        Ok(planned)
    }

    /// Whether API servers have had time to hear of the next certificate's authority.
    fn is_announced(&mut self, stock: &Stock, live: Option<&APIService>) -> bool {
        let next = stock.next.as_ref().map(|next| &next.authority);
        let next = next.filter(|next| live.is_some_and(|live| registration::believes(live, next)));
        self.announced = next.map(|next| match self.announced.take() {
            Some((authority, since)) if authority == *next => (authority, since),
            _ => (next.clone(), Instant::now()),
        });
        self.announced.as_ref().is_some_and(|(_, since)| since.elapsed() >= self.options.certificates.settle)
    }

    /// Writes the Secret, unless another has written it since it was read.
    async fn store(&self, before: Option<Secret>, stock: &Stock) -> Result<(), KeepError> {
        let (name, parameters) = (&self.options.secret, PostParams::default());
        let Some(mut secret) = before else {
            let metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
            let secret = Secret { metadata, data: Some(stock.data()), ..Secret::default() };
            return match self.secrets.create(&parameters, &secret).await {
                Err(kube::Error::Api(status)) if status.is_forbidden() => {
                    Err(KeepError::NoSecret(name.clone()))
                }
                made => made.map(drop).map_err(KeepError::WriteSecret),
            };
        };
        secret.data = Some(stock.data());
        let written = self.secrets.replace(name, &parameters, &secret).await;
        written.map(drop).map_err(KeepError::WriteSecret)
    }

    /// Writes the APIService where it is not as it is to be. It is ours, or nobody's.
    async fn register(&self, live: Option<&APIService>, stock: &Stock) -> Result<(), KeepError> {
        let mut desired = registration::desired(&self.options.service, &stock.bundle(), self.owner().await?);
        if live.is_some_and(|live| registration::holds(live, &desired)) {
            self.tell(Registration::Ours);
            return Ok(());
        }
        // What leads here is ours, whoever wrote what of it; what another has taken over since it was read, or made, stays
        // another's.
        let mut parameters = PatchParams::apply(MANAGER);
        if let Some(live) = live {
            desired.metadata.resource_version.clone_from(&live.metadata.resource_version);
            parameters = parameters.force();
        }
        match self.services.patch(registration::NAME, &parameters, &Patch::Apply(&desired)).await {
            Ok(_) => self.tell(Registration::Ours),
            Err(kube::Error::Api(status)) if status.is_conflict() && live.is_none() => {
                self.tell(Registration::OtherOwner(status.message));
            }
            Err(kube::Error::Api(status)) if status.is_conflict() => {}
            Err(error) => return Err(KeepError::WriteApiService(error)),
        }
        Ok(())
    }

    /// What the APIService goes with.
    async fn owner(&self) -> Result<Option<OwnerReference>, KeepError> {
        let Some(name) = &self.options.owner else { return Ok(None) };
        let role = self.owners.get_metadata_opt(name).await;
        let role = role.map_err(|error| KeepError::ReadOwner(name.clone(), error))?;
        let role = role.ok_or_else(|| KeepError::NoOwner(name.clone()))?;
        Ok(Some(OwnerReference {
            api_version: ClusterRole::api_version(&()).into_owned(),
            kind: ClusterRole::kind(&()).into_owned(),
            name: name.clone(),
            uid: role.metadata.uid.unwrap_or_default(),
            ..OwnerReference::default()
        }))
    }

    /// Deletes the APIService that is ours, as soon as this process leads.
    async fn withdraw(&mut self) {
        loop {
            self.leadership.held().await;
            match self.take_back().await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, "the API server still asks here for external metrics; trying again");
                    sleep(AFTER_ERROR).await;
                }
            }
        }
    }

    /// Takes the APIService back where this process leads, is about to end, and nobody else is there to answer: while nobody
    /// does, no namespace of the cluster can go. `identity`: that of this process, which begins with its pod's name.
    pub(super) async fn part(&self, identity: &str) {
        if !self.leadership.is_held() {
            return;
        }
        let parting =
            async { if self.is_another_there(identity).await? { Ok(()) } else { self.take_back().await } };
        match timeout(PARTING_DEADLINE, parting).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the API server may still ask here for external metrics")
            }
            Err(_) => {
                tracing::warn!("the API server may still ask here for external metrics: no answer in time")
            }
        }
    }

    async fn is_another_there(&self, identity: &str) -> Result<bool, KeepError> {
        let of_service = format!("kubernetes.io/service-name={}", self.options.service.name);
        let slices = self.endpoints.list(&ListParams::default().labels(&of_service)).await;
        let slices = slices.map_err(KeepError::ReadEndpoints)?;
        let mut endpoints = slices.items.iter().flat_map(|slice| &slice.endpoints);
        Ok(endpoints.any(|endpoint| is_ready(endpoint) && !is_of(endpoint, identity)))
    }

    async fn take_back(&self) -> Result<(), KeepError> {
        let live = match self.services.get_opt(registration::NAME).await {
            // Where an operator may not even look, it has never written.
            Err(kube::Error::Api(status)) if status.is_forbidden() => return Ok(()),
            live => live.map_err(KeepError::ReadApiService)?,
        };
        let Some(live) = live.filter(|live| self.other_owner(live).is_none()) else { return Ok(()) };
        let this_one =
            Preconditions { uid: live.metadata.uid, resource_version: live.metadata.resource_version };
        let parameters = DeleteParams { preconditions: Some(this_one), ..DeleteParams::default() };
        match self.services.delete(registration::NAME, &parameters).await {
            Ok(_) => {
                tracing::info!("the API server asks here for external metrics no more");
                Ok(())
            }
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(error) => Err(KeepError::WriteApiService(error)),
        }
    }
}

fn is_ready(endpoint: &Endpoint) -> bool {
    // Unknown counts as ready (EndpointConditions).
    endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true)
}

/// Whether it is the pod of the process of this identity.
fn is_of(endpoint: &Endpoint, identity: &str) -> bool {
    let pod = endpoint.target_ref.as_ref().and_then(|pod| pod.name.as_deref());
    pod.and_then(|pod| identity.strip_prefix(pod)).is_some_and(|rest| rest.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn endpoint(told: Value) -> Endpoint {
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn an_endpoint_is_this_process_s_by_its_pod_and_ready_unless_it_is_told_not_to_be() {
        let of = |pod: &str| {
            endpoint(json!({"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": pod}}))
        };
        assert!(is_of(&of("operator-7d9"), "operator-7d9_0190"));
        for other in ["operator-7d", "operator-7d9_", "operator-8"] {
            assert!(!is_of(&of(other), "operator-7d9_0190"), "{other}");
        }
        assert!(!is_of(&endpoint(json!({"addresses": ["10.0.0.1"]})), "operator-7d9_0190"));
        for (conditions, ready) in
            [(json!({}), true), (json!({"ready": true}), true), (json!({"ready": false}), false)]
        {
            let told = endpoint(json!({"addresses": ["10.0.0.1"], "conditions": conditions}));
            assert_eq!(is_ready(&told), ready);
        }
    }
}
