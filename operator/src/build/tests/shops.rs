//! Shops to build, as somebody would write them: checked by the schema on the way.

use crate::defaults::{Defaults, RoleName};
use crate::scaling::backend::Backend;
use crate::scaling::regime::{Paused, Regime};
use pawnshop_resource::PawnShop;

pub(super) const MINIMAL: &str = "
apiVersion: pawnshop.dev/v1alpha1
kind: PawnShop
metadata: {name: downtown, namespace: shops, uid: 6a1c7a3e-7f0f-4b5e-9d0e-1f0c4f3a2b1d}
spec:
  broker: {uri: {secretKeyRef: {name: rabbit, key: uri}}}
  store: {uri: {secretKeyRef: {name: mongo, key: uri}}}
";

pub(super) const FULL: &str = "
apiVersion: pawnshop.dev/v1alpha1
kind: PawnShop
metadata: {name: uptown, namespace: shops, uid: 0b8f8f1c-2f55-4a53-8d8c-6d6b1c5b7a90}
spec:
  image: registry.example.com/pawnshop:1.2.3
  imagePullPolicy: Always
  imagePullSecrets: [{name: registry}]
  broker:
    uri: {secretKeyRef: {name: rabbit, key: uri}}
    managementUri: {secretKeyRef: {name: rabbit, key: management}}
    tls:
      ca: {secretKeyRef: {name: authorities, key: broker.crt}}
      certificate: {secretKeyRef: {name: client, key: tls.crt}}
      key: {secretKeyRef: {name: client, key: tls.key}}
  store:
    uri: {secretKeyRef: {name: mongo, key: uri}}
    database: uptown
    ca: {secretKeyRef: {name: authorities, key: store.crt}}
  retryDelays: [500ms, 10s]
  outcomeRetention: 90d
  dispatcher:
    autoscaling: {min: 2, max: 6, cpuPercent: 70}
    service: {type: LoadBalancer, port: 8000, annotations: {example.com/pool: public}}
    ingress: {className: nginx, host: shop.example.com, annotations: {example.com/body: 1m}, tlsSecretName: shop-tls}
    httpRoute: {parentRefs: [{name: public, namespace: gateways, sectionName: https}], hostnames: [shop.example.com]}
    resources: {requests: {cpu: 1, memory: 128Mi}, limits: {memory: 512Mi}}
    terminationGracePeriodSeconds: 60
    podTemplate:
      metadata: {labels: {team: till}, annotations: {example.com/audit: 'on'}}
      spec:
        nodeSelector: {disk: fast}
        containers:
        - {name: dispatcher, env: [{name: RUST_LOG, value: debug}]}
        - {name: mesh, image: 'mesh:1'}
  pools:
  - name: items
    flows: [item]
    autoscaling: {min: 0, max: 10, backlogPerWorker: 200}
  - name: actions
    flows: [sell-actions, buy-actions, pawn-actions]
    replicas: 3
    concurrency: 4
    batch: 250
    prefetch: 20
    terminationGracePeriodSeconds: 600
  - name: appraisals
    flows: [appraisals]
    image: registry.example.com/appraisals:7
    config: {appraisals: {currency: $(BROKER_URI), factor: 1.5}}
  networkPolicy:
    metricsFrom: [{namespaceSelector: {matchLabels: {team: watch}}}]
    dispatcherFrom: [{podSelector: {matchLabels: {app: gateway}}}]
    workerEgress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 5671, protocol: TCP}]}]
  monitoring: {serviceMonitor: Enabled, labels: {release: prometheus}}
";

/// Every name as long as it can be.
pub(super) const LONGEST: &str = "
apiVersion: pawnshop.dev/v1alpha1
kind: PawnShop
metadata: {name: a23456789012345678901234567890, namespace: shops, uid: 3f1f3c84-1f7f-4f42-9b1c-7a4f3f0c2d11}
spec:
  broker: {clusterRef: {name: rabbit}}
  store: {uri: {secretKeyRef: {name: mongo, key: uri}}}
  pools:
  - {name: b2345678901234567890, flows: [item], replicas: 1}
  - {name: c2345678901234567890, flows: [buy-actions]}
";

pub(super) fn shop(yaml: &str) -> PawnShop {
    PawnShop::parse(yaml, None).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Shops of every sort, for what must hold of any.
pub(super) fn shops() -> [PawnShop; 3] {
    [MINIMAL, FULL, LONGEST].map(shop)
}

pub(super) fn defaults() -> Defaults {
    Defaults {
        image: "ghcr.io/pawnshop/pawnshop:0.1.0".to_owned(),
        dispatcher_role: RoleName::ClusterRole("pawnshop-dispatcher".to_owned()),
        operator_namespace: "pawnshop-system".to_owned(),
        scaler_address: Some("pawnshop-operator-scaler.pawnshop-system.svc:6000".to_owned()),
    }
}

/// A Wednesday, and the operator's metric.
pub(super) fn regime() -> Regime {
    Regime {
        backend: Some(Backend::ExternalMetrics),
        paused: Paused::None,
        at: "2026-11-25T12:00:00Z".parse().unwrap(),
    }
}
