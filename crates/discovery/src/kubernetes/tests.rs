use super::slices::merge;
use super::*;
use crate::Readiness::{self, Draining, Ready};
use bytes::Bytes;
use futures::stream;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::client::Body;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;
use tower_test::mock;
use tower_test::mock::SendResponse;

type Answered = Response<UnsyncBoxBody<Bytes, Infallible>>;

fn slice(name: &str, endpoints: &[(&str, Value)]) -> Value {
    let endpoints: Vec<_> = endpoints
        .iter()
        .map(|(address, conditions)| json!({"addresses": [address], "conditions": conditions}))
        .collect();
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "namespace": "shops", "resourceVersion": "7",
                     "labels": {"kubernetes.io/service-name": "workers"}},
        "ports": [{"name": "metrics", "port": 9090}, {"name": "grpc", "port": 7070, "protocol": "TCP"}],
        "endpoints": endpoints,
    })
}

fn merged(slices: &[Value]) -> Vec<(String, Readiness)> {
    let slices: Vec<EndpointSlice> =
        slices.iter().map(|slice| serde_json::from_value(slice.clone()).unwrap()).collect();
    told(&merge(slices.iter(), "grpc"))
}

fn told(endpoints: &BTreeSet<Endpoint>) -> Vec<(String, Readiness)> {
    endpoints.iter().map(|endpoint| (endpoint.address.to_string(), endpoint.readiness)).collect()
}

fn endpoint(address: &str, readiness: Readiness) -> (String, Readiness) {
    (address.to_owned(), readiness)
}

#[test]
fn an_endpoint_counts_by_its_conditions_and_absent_ones_by_their_defaults() {
    let slice = slice(
        "a",
        &[
            ("10.0.0.1", json!({"ready": true, "serving": true, "terminating": false})),
            ("10.0.0.2", json!({})),
            ("10.0.0.3", json!({"ready": false, "serving": true, "terminating": true})),
            ("10.0.0.4", json!({"ready": false, "serving": false, "terminating": true})),
            ("10.0.0.5", json!({"ready": false, "serving": false, "terminating": false})),
        ],
    );
    let expected = [
        endpoint("10.0.0.1:7070", Ready),
        endpoint("10.0.0.2:7070", Ready),
        endpoint("10.0.0.3:7070", Draining),
    ];
    assert_eq!(merged(&[slice]), expected);
}

#[test]
fn slices_are_merged_and_an_endpoint_in_two_of_them_is_one() {
    let ready = json!({"ready": true});
    let draining = json!({"ready": false, "serving": true, "terminating": true});
    let slices = [
        slice("a", &[("10.0.0.1", draining.clone()), ("10.0.0.2", ready.clone())]),
        slice("b", &[("10.0.0.1", ready), ("10.0.0.3", draining)]),
    ];
    let expected = [
        endpoint("10.0.0.1:7070", Ready),
        endpoint("10.0.0.2:7070", Ready),
        endpoint("10.0.0.3:7070", Draining),
    ];
    assert_eq!(merged(&slices), expected);
}

#[test]
fn a_slice_without_the_named_tcp_port_or_without_addresses_adds_nothing() {
    let ready = [("10.0.0.1", json!({"ready": true}))];
    let with_ports = |ports: Value| {
        let mut slice = slice("a", &ready);
        slice["ports"] = ports;
        slice
    };
    assert!(merged(&[with_ports(json!([{"name": "http", "port": 80}]))]).is_empty());
    assert!(merged(&[with_ports(json!([{"name": "grpc", "port": 7070, "protocol": "UDP"}]))]).is_empty());
    assert!(merged(&[with_ports(json!([{"name": "grpc"}]))]).is_empty());
    assert!(merged(&[with_ports(Value::Null)]).is_empty());
    let mut named = slice("a", &[("worker.example", json!({"ready": true}))]);
    named["addressType"] = json!("FQDN");
    assert!(merged(&[named]).is_empty());
    let mut six = slice("a", &[("fd00::7", json!({"ready": true}))]);
    six["addressType"] = json!("IPv6");
    assert_eq!(merged(&[six]), [endpoint("[fd00::7]:7070", Ready)]);
}

/// A cluster that a test plays: the requests that reach it, and their answers.
struct Cluster(mock::Handle<Request<Body>, Answered>);

impl Cluster {
    fn new() -> (Self, Box<Kubernetes>) {
        let (service, handle) = mock::pair();
        let kubernetes = Kubernetes::new("shops".into(), "workers".into(), "grpc".into());
        (Self(handle), Box::new(kubernetes.with_client(Client::new(service, "default"))))
    }

    /// Takes the next request; its path and query.
    async fn asked(&mut self) -> (String, SendResponse<Answered>) {
        let (request, answer) = self.0.next_request().await.unwrap();
        (request.uri().to_string(), answer)
    }

    async fn list(&mut self, slices: &[Value]) {
        let (uri, answer) = self.asked().await;
        assert!(uri.starts_with("/apis/discovery.k8s.io/v1/namespaces/shops/endpointslices?"), "{uri}");
        assert!(uri.contains("labelSelector=kubernetes.io%2Fservice-name%3Dworkers"), "{uri}");
        assert!(!uri.contains("watch="), "{uri}");
        answer.send_response(text(
            json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList",
                "metadata": {"resourceVersion": "7"}, "items": slices,
            })
            .to_string(),
        ));
    }

    /// Answers a watch with these events, after which it ends.
    async fn watch(&mut self, events: &[(&str, Value)]) {
        let (uri, answer) = self.asked().await;
        assert!(uri.contains("watch=true"), "{uri}");
        let lines: Vec<_> =
            events.iter().map(|(kind, object)| json!({"type": kind, "object": object}).to_string()).collect();
        answer.send_response(text(lines.join("\n") + "\n"));
    }
}

fn text(body: String) -> Answered {
    Response::new(Full::from(body).boxed_unsync())
}

/// An answer that begins and then says nothing.
fn silence() -> Answered {
    Response::new(StreamBody::new(stream::pending()).boxed_unsync())
}

#[tokio::test(start_paused = true)]
async fn the_endpoints_are_listed_then_watched_and_stay_while_the_api_server_fails() {
    let ready = json!({"ready": true});
    let (mut cluster, kubernetes) = Cluster::new();
    let mut endpoints = pin!(kubernetes.endpoints());
    let play = async {
        let (_, refused) = cluster.asked().await;
        refused.send_error("no route to the API server");
        cluster.list(&[slice("a", &[("10.0.0.1", ready.clone())])]).await;
        cluster
            .watch(&[
                ("ADDED", slice("b", &[("10.0.0.2", ready.clone())])),
                ("MODIFIED", slice("b", &[("10.0.0.2", ready.clone())])),
                ("DELETED", slice("a", &[("10.0.0.1", ready.clone())])),
                (
                    "ERROR",
                    json!({"status": "Failure", "code": 410, "reason": "Expired", "message": "too old"}),
                ),
            ])
            .await;
        // Listed anew: what was told stays until the list is there.
        let (_, refused) = cluster.asked().await;
        refused.send_error("no route to the API server");
        cluster.list(&[slice("b", &[("10.0.0.2", ready.clone()), ("10.0.0.3", ready.clone())])]).await;
    };
    let follow = async {
        let mut sets = Vec::new();
        while sets.len() < 4 {
            sets.push(told(&endpoints.next().await.unwrap()));
        }
        sets
    };
    let (sets, ()) = tokio::join!(follow, play);
    let (one, two, three) = (
        endpoint("10.0.0.1:7070", Ready),
        endpoint("10.0.0.2:7070", Ready),
        endpoint("10.0.0.3:7070", Ready),
    );
    let expected = [vec![one.clone()], vec![one, two.clone()], vec![two.clone()], vec![two, three]];
    assert_eq!(sets, expected);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_hangs_is_noticed_and_begun_anew() {
    let (mut cluster, kubernetes) = Cluster::new();
    let mut endpoints = pin!(kubernetes.endpoints());
    let play = async {
        cluster.list(&[]).await;
        let (uri, hangs) = cluster.asked().await;
        assert!(uri.contains("timeoutSeconds=30"), "{uri}");
        let begun = tokio::time::Instant::now();
        hangs.send_response(silence());
        cluster.watch(&[("ADDED", slice("a", &[("10.0.0.1", json!({"ready": true}))]))]).await;
        begun.elapsed()
    };
    let follow = async {
        assert!(endpoints.next().await.unwrap().is_empty());
        told(&endpoints.next().await.unwrap())
    };
    let (found, noticed) = tokio::join!(follow, play);
    assert_eq!(found, [endpoint("10.0.0.1:7070", Ready)]);
    assert!(noticed < Duration::from_secs(40), "{noticed:?}");
}
