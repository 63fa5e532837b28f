//! Who scales a shop's pools: pure.

use pawnshop_resource::ScalingBackend;

/// Who scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A HorizontalPodAutoscaler by the metric that the operator serves; the operator itself between 0 and 1.
    ExternalMetrics,
    /// KEDA, with the operator as its external scaler.
    Keda,
    /// The operator itself.
    Builtin,
}

impl Backend {
    /// Its name, as the resource spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExternalMetrics => "ExternalMetrics",
            Self::Keda => "Keda",
            Self::Builtin => "Builtin",
        }
    }
}

/// Whose the cluster's external metrics are (`v1beta1.external.metrics.k8s.io`; there is one for the whole cluster).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// This operator's.
    Ours,
    /// Somebody else's, who is left alone: who, for people.
    OtherOwner(String),
    /// Not this operator's, which is told to serve none.
    Disabled,
    /// Nothing is known yet, or the cluster is about to be told.
    #[default]
    Unknown,
}

/// Why nobody scales.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBackend {
    /// The cluster has not told yet what it has.
    #[error("what the cluster has for scaling is not known yet")]
    NotKnownYet,
    /// The shop wants our metric, and the cluster's external metrics are another's.
    #[error(
        "external metrics are served by {0} in this cluster: set spec.scaling.backend to Auto, or remove that one"
    )]
    MetricsOfAnother(String),
    /// The shop wants our metric, and the operator serves none.
    #[error(
        "this operator serves no external metrics (externalMetrics.enabled of its chart): set spec.scaling.backend to Auto"
    )]
    MetricsDisabled,
    /// The shop wants KEDA, which is not there.
    #[error("KEDA is not installed in this cluster: install it, or set spec.scaling.backend to Auto")]
    NoKeda,
}

impl NoBackend {
    /// In one word, for machines.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotKnownYet => "NotKnownYet",
            Self::MetricsOfAnother(_) => "MetricsOfAnother",
            Self::MetricsDisabled => "MetricsDisabled",
            Self::NoKeda => "NoKeda",
        }
    }
}

/// Who scales where this is `wanted`. `keda`: whether KEDA is installed, `None` while the cluster has not told.
/// What is not known changes nothing of what was chosen `before` (decision K5).
///
/// # Errors
/// When what is wanted cannot be had.
pub fn choose(
    wanted: ScalingBackend,
    registration: &Registration,
    keda: Option<bool>,
    before: Option<Backend>,
) -> Result<Backend, NoBackend> {
    let not_known = || before.ok_or(NoBackend::NotKnownYet);
    match (wanted, registration) {
        (ScalingBackend::Builtin, _) => Ok(Backend::Builtin),
        (ScalingBackend::Keda, _) => match keda {
            Some(true) => Ok(Backend::Keda),
            Some(false) => Err(NoBackend::NoKeda),
            None => not_known(),
        },
        (ScalingBackend::Auto | ScalingBackend::ExternalMetrics, Registration::Ours) => {
            Ok(Backend::ExternalMetrics)
        }
        (ScalingBackend::Auto | ScalingBackend::ExternalMetrics, Registration::Unknown) => not_known(),
        (ScalingBackend::Auto, Registration::Disabled) => Ok(Backend::Builtin),
        (ScalingBackend::Auto, Registration::OtherOwner(owner)) => match keda {
            Some(true) if is_keda(owner) => Ok(Backend::Keda),
            Some(_) => Ok(Backend::Builtin),
            None => not_known(),
        },
        (ScalingBackend::ExternalMetrics, Registration::Disabled) => Err(NoBackend::MetricsDisabled),
        (ScalingBackend::ExternalMetrics, Registration::OtherOwner(owner)) => {
            Err(NoBackend::MetricsOfAnother(owner.clone()))
        }
    }
}

/// Whether a Service is KEDA's own, which its manifests and its chart call `keda-operator-metrics-apiserver` and
/// `keda-metrics-apiserver`.
fn is_keda(service: &str) -> bool {
    service.contains("keda")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn another(name: &str) -> Registration {
        Registration::OtherOwner(name.to_owned())
    }

    #[test]
    fn auto_takes_what_is_ours_then_keda_where_keda_is_the_owner_then_the_operator() {
        let auto = |registration: &Registration, keda| choose(ScalingBackend::Auto, registration, keda, None);
        assert_eq!(auto(&Registration::Ours, Some(true)), Ok(Backend::ExternalMetrics));
        let keda = another("keda/keda-operator-metrics-apiserver");
        assert_eq!(auto(&keda, Some(true)), Ok(Backend::Keda));
        assert_eq!(auto(&keda, Some(false)), Ok(Backend::Builtin), "left behind by one that is gone");
        assert_eq!(auto(&another("monitoring/adapter"), Some(true)), Ok(Backend::Builtin));
        assert_eq!(auto(&Registration::Disabled, Some(true)), Ok(Backend::Builtin));
    }

    #[test]
    fn what_is_not_known_changes_nothing() {
        for wanted in [ScalingBackend::Auto, ScalingBackend::ExternalMetrics] {
            let chosen = |before| choose(wanted, &Registration::Unknown, Some(true), before);
            assert_eq!(chosen(Some(Backend::Builtin)), Ok(Backend::Builtin));
            assert_eq!(chosen(None), Err(NoBackend::NotKnownYet));
        }
        let keda = choose(ScalingBackend::Keda, &Registration::Ours, None, Some(Backend::Keda));
        assert_eq!(keda, Ok(Backend::Keda));
    }

    #[test]
    fn what_is_asked_for_outright_and_not_there_is_told_and_not_replaced() {
        let told = |wanted, registration: &Registration, keda| {
            choose(wanted, registration, keda, Some(Backend::Builtin)).unwrap_err().reason()
        };
        assert_eq!(told(ScalingBackend::ExternalMetrics, &another("x/y"), None), "MetricsOfAnother");
        assert_eq!(told(ScalingBackend::ExternalMetrics, &Registration::Disabled, None), "MetricsDisabled");
        assert_eq!(told(ScalingBackend::Keda, &Registration::Ours, Some(false)), "NoKeda");
    }
}
