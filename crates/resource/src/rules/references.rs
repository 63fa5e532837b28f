use super::{Rule, Twin};
use serde_yaml::Value;

/// On the broker.
pub(crate) const BROKER: [Rule; 1] = [Rule {
    cel: "has(self.uri) != has(self.clusterRef)",
    message: "give exactly one of uri (a Secret's key with the AMQP URI) and clusterRef (a RabbitmqCluster)",
    twin: Twin::Holds(|broker| !broker.is_mapping() || has(broker, "uri") != has(broker, "clusterRef")),
}];

/// On what a connection over TLS presents.
pub(crate) const CLIENT_TLS: [Rule; 1] = [Rule {
    cel: "has(self.certificate) == has(self.key)",
    message: "give certificate and key together, or neither",
    twin: Twin::Holds(|tls| has(tls, "certificate") == has(tls, "key")),
}];

fn has(value: &Value, field: &str) -> bool {
    value.get(field).is_some()
}
