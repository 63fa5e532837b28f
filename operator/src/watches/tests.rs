use super::*;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::client::Body;
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::time::Instant;
use tower_test::mock::{self, SendResponse};

/// How long a watch lasts.
const LASTING: Duration = Duration::from_secs(60);

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// A cluster that a test plays: the requests that reach it, and their answers.
struct Cluster(mock::Handle<Request<Body>, Answer>);

impl Cluster {
    async fn asked(&mut self) -> (Request<Body>, SendResponse<Answer>) {
        self.0.next_request().await.unwrap()
    }

    async fn list(&mut self, objects: &[Value]) {
        let (request, answer) = self.asked().await;
        let uri = request.uri().to_string();
        assert!(uri.starts_with("/api/v1/namespaces/shops/services?"), "{uri}");
        assert!(uri.contains("labelSelector=app.kubernetes.io%2Fmanaged-by%3Dpawnshop-operator"), "{uri}");
        let accepted = request.headers()[http::header::ACCEPT].to_str().unwrap();
        assert!(accepted.contains("as=PartialObjectMetadataList"), "{accepted}");
        let list = json!({
            "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList",
            "metadata": {"resourceVersion": "7"}, "items": objects,
        });
        answer.send_response(text(&list.to_string()));
    }
}

fn text(body: &str) -> Answer {
    Response::new(Full::from(body.to_owned()).boxed_unsync())
}

/// An answer that begins and then says nothing.
fn silence() -> Answer {
    Response::new(StreamBody::new(futures::stream::pending()).boxed_unsync())
}

fn service(name: &str, shop: &str) -> Value {
    json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
        "metadata": {"name": name, "namespace": "shops", "resourceVersion": "8", "ownerReferences": [
            {"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "name": shop, "uid": "u", "controller": true},
        ]},
    })
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_or_falls_silent_is_watched_again() {
    let (connection, handle) = mock::pair();
    let mut cluster = Cluster(handle);
    let (children, caches) = (Arc::new(Children::default()), Caches::awaiting([Kind::Service.name()]));
    let (changed, mut shops) = mpsc::channel(8);
    let scope = Scope::Namespace("shops".to_owned());
    let client = Client::new(connection, "shops");
    let following =
        follow(Kind::Service, client, scope, LASTING, Arc::clone(&children), caches.clone(), changed);
    let following = tokio::spawn(following);

    for _ in 0..20 {
        let (_, refused) = cluster.asked().await;
        refused.send_error("no route to the API server");
    }
    cluster.list(&[service("a-fleet", "a")]).await;
    assert_eq!(shops.recv().await, Some(("shops".to_owned(), "a".to_owned())));
    caches.all_filled().await;

    let (request, hangs) = cluster.asked().await;
    assert!(request.uri().to_string().contains("watch=true"), "{}", request.uri());
    hangs.send_response(silence());
    let silent_since = Instant::now();
    let (request, again) = cluster.asked().await;
    assert!(request.uri().to_string().contains("watch=true"), "{}", request.uri());
    assert!(silent_since.elapsed() <= LASTING + Duration::from_secs(10));
    let event = json!({"type": "ADDED", "object": service("b-fleet", "b")});
    again.send_response(text(&format!("{event}\n")));
    assert_eq!(shops.recv().await, Some(("shops".to_owned(), "b".to_owned())));
    assert!(children.get(Kind::Service, "shops", "b-fleet").is_some());
    following.abort();
}
