//! What an object says of itself, in a line. Fields are read as they come: a kind may be of an API that this program
//! was not built with.

use super::tree::Workload;
use kube::ResourceExt;
use kube::api::DynamicObject;
use pawnshop_operator::kind::Kind;
use serde_json::Value;

/// `None`: that it is there is all there is to say.
pub(super) fn says(kind: Kind, object: &DynamicObject) -> Option<String> {
    let (spec, status) = (&object.data["spec"], &object.data["status"]);
    match kind {
        Kind::Service => Some(service(spec, status)),
        Kind::HorizontalPodAutoscaler => Some(autoscaler(spec, status)),
        Kind::PodDisruptionBudget => Some(budget(status)),
        Kind::Ingress => Some(ingress(spec, status)),
        Kind::HttpRoute => Some(joined(texts(&spec["hostnames"]))),
        _ => None,
    }
}

/// How many pods a Deployment has.
pub(super) fn workload(deployment: &DynamicObject) -> Workload {
    let (spec, status) = (&deployment.data["spec"], &deployment.data["status"]);
    let count = |value: &Value| value.as_i64().unwrap_or_default();
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let failed = conditions.filter(|condition| {
        matches!(
            (condition["type"].as_str(), condition["status"].as_str()),
            (Some("ReplicaFailure"), Some("True")) | (Some("Progressing"), Some("False"))
        )
    });
    Workload {
        name: deployment.name_any(),
        wanted: spec["replicas"].as_i64().unwrap_or(1),
        ready: count(&status["readyReplicas"]),
        updated: count(&status["updatedReplicas"]),
        failures: failed.map(reason).collect(),
    }
}

fn service(spec: &Value, status: &Value) -> String {
    let ports = spec["ports"].as_array().into_iter().flatten().map(|port| text(&port["port"]));
    let ports = ports.collect::<Vec<_>>().join(",");
    let address = text(&spec["clusterIP"]);
    let inside = match address.as_str() {
        "None" => format!("headless, port {ports}"),
        _ => format!("{} {address}:{ports}", text(&spec["type"])),
    };
    match joined(addresses(status)).as_str() {
        "" => inside,
        outside => format!("{inside}, {outside}"),
    }
}

fn autoscaler(spec: &Value, status: &Value) -> String {
    let range = format!("{} to {}", text(&spec["minReplicas"]), text(&spec["maxReplicas"]));
    let mut parts = vec![range];
    parts.extend(status["currentReplicas"].as_i64().map(|now| format!("now {now}")));
    let targets = spec["metrics"].as_array().into_iter().flatten();
    parts.extend(targets.map(|target| metric(target, &status["currentMetrics"])));
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let stuck = conditions.filter(|condition| {
        condition["status"] == "False"
            && matches!(condition["type"].as_str(), Some("ScalingActive" | "AbleToScale"))
    });
    parts.extend(stuck.map(reason));
    parts.join("; ")
}

fn metric(target: &Value, current: &Value) -> String {
    let kind = text(&target["type"]);
    let part = kind.chars().next().map_or(String::new(), |first| {
        format!("{}{}", first.to_ascii_lowercase(), kind.chars().skip(1).collect::<String>())
    });
    let name = |value: &Value| match value[&part]["metric"]["name"].as_str() {
        Some(name) => name.to_owned(),
        None => text(&value[&part]["name"]),
    };
    let mut currents = current.as_array().into_iter().flatten();
    let now = currents.find(|now| now["type"] == target["type"] && name(now) == name(target));
    let now = now.map_or("unknown".to_owned(), |now| figure(&now[&part]["current"]));
    format!("{} {now} of {}", name(target), figure(&target[&part]["target"]))
}

fn figure(value: &Value) -> String {
    if let Some(percent) = value["averageUtilization"].as_i64() {
        return format!("{percent}%");
    }
    match value["averageValue"].as_str().or(value["value"].as_str()) {
        Some(figure) => figure.to_owned(),
        None => "unknown".to_owned(),
    }
}

fn budget(status: &Value) -> String {
    format!(
        "{} of {} healthy pods may be evicted now",
        status["disruptionsAllowed"].as_i64().unwrap_or_default(),
        status["currentHealthy"].as_i64().unwrap_or_default()
    )
}

fn ingress(spec: &Value, status: &Value) -> String {
    let hosts = spec["rules"].as_array().into_iter().flatten().map(|rule| text(&rule["host"]));
    let hosts = joined(hosts.filter(|host| !host.is_empty()).collect());
    match joined(addresses(status)).as_str() {
        "" => format!("{hosts}, no address yet"),
        address => format!("{hosts}, {address}"),
    }
}

/// Where a load balancer serves.
fn addresses(status: &Value) -> Vec<String> {
    let served = status["loadBalancer"]["ingress"].as_array().into_iter().flatten();
    served.filter_map(|at| at["ip"].as_str().or(at["hostname"].as_str())).map(str::to_owned).collect()
}

fn reason(condition: &Value) -> String {
    format!("{}: {}", text(&condition["reason"]), text(&condition["message"]))
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(text).collect()
}

fn joined(words: Vec<String>) -> String {
    words.join(", ")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
