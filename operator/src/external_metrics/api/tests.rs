use super::super::authorize::tests::api_server;
use super::super::trust::tests::Authority;
use super::*;
use crate::scaling::board::{Measured, PoolKey};
use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use k8s_openapi::jiff::Timestamp;
use pawnshop_scaling::Backlog;
use rustls::pki_types::CertificateDer;
use std::num::NonZeroU32;
use tokio::time::Instant;
use tower::ServiceExt;

const VALUES: &str = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shops/pawnshop_backlog";

/// A server in whose cluster `clerk` may read the metrics of `shops`, and whoever its API server is.
struct Server {
    router: Router,
    authority: Authority,
}

impl Server {
    fn new() -> Self {
        let authority = Authority::new("front-proxy-ca");
        let front_proxy = FrontProxy::of(&authority.configured()).unwrap();
        let (_, front_proxy) = watch::channel(Some(Arc::new(front_proxy)));
        let (client, _) =
            api_server(|spec| spec["user"] == "clerk" && spec["resourceAttributes"]["namespace"] == "shops");
        let board = Arc::new(Board::default());
        for (shop, pool, events) in [("town", "items", 7), ("town", "actions", 9), ("city", "items", 11)] {
            let key = PoolKey { namespace: "shops".to_owned(), shop: shop.to_owned(), pool: pool.to_owned() };
            let (at, seen) = (Timestamp::UNIX_EPOCH, Instant::now());
            let value = Backlog::Known(events);
            board.put(
                key,
                Measured { value, at, seen, backlog_per_worker: NonZeroU32::MIN, stays_awake: false },
            );
        }
        let shared = Shared { board, front_proxy, authorizer: Arc::new(Authorizer::new(client)) };
        Self { router: router(shared), authority }
    }

    /// As the API server asks for somebody.
    async fn asked_for(&self, user: &'static str, path: &str) -> (StatusCode, Value) {
        let (certificate, _) = self.authority.client("front-proxy-client");
        self.ask(Method::GET, &[certificate], user, path).await
    }

    async fn ask(
        &self,
        method: Method,
        shown: &[CertificateDer<'static>],
        user: &'static str,
        path: &str,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header("X-Remote-User", user);
        let peer = Peer { certificates: shown.into() };
        request.extensions_mut().unwrap().insert(ConnectInfo(peer));
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let code = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&body).unwrap_or_default())
    }
}

fn shops_and_values(list: &Value) -> Vec<(String, String)> {
    let items = list["items"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items.map(|item| (text(&item["metricLabels"]["pawnshop.dev/shop"]), text(&item["value"]))).collect()
}

#[tokio::test]
async fn values_are_those_of_the_namespace_that_the_selector_selects() {
    let server = Server::new();
    let (code, all) = server.asked_for("clerk", VALUES).await;
    assert_eq!((code, all["kind"].as_str()), (StatusCode::OK, Some("ExternalMetricValueList")));
    assert_eq!(shops_and_values(&all).len(), 3);
    let selected = format!("{VALUES}?labelSelector=pawnshop.dev%2Fpool%3Ditems%2Cpawnshop.dev%2Fshop%3Dtown");
    let (_, one) = server.asked_for("clerk", &selected).await;
    assert_eq!(shops_and_values(&one), [("town".to_owned(), "7".to_owned())]);
    let (code, none) = server.asked_for("clerk", &format!("{VALUES}?labelSelector=a%3Db")).await;
    assert_eq!((code, shops_and_values(&none).len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn headers_count_only_with_the_api_servers_certificate_and_only_with_a_right() {
    let server = Server::new();
    let (foreign, _) = Authority::new("front-proxy-ca").client("front-proxy-client");
    let (misnamed, _) = server.authority.client("somebody");
    for (shown, told) in [
        (vec![], "no client certificate"),
        (vec![foreign], "not one of the API server's"),
        (vec![misnamed], "\"somebody\""),
    ] {
        let (code, status) = server.ask(Method::GET, &shown, "clerk", VALUES).await;
        assert_eq!((code, status["reason"].as_str()), (StatusCode::UNAUTHORIZED, Some("Unauthorized")));
        assert!(status["message"].as_str().unwrap().contains(told), "{status}");
    }
    let (code, status) = server.asked_for("thief", VALUES).await;
    assert_eq!((code, status["reason"].as_str()), (StatusCode::FORBIDDEN, Some("Forbidden")));
    assert_eq!((&status["kind"], &status["code"]), (&"Status".into(), &403.into()));
    let message = "pawnshop_backlog.external.metrics.k8s.io is forbidden: User \"thief\" cannot list resource \"pawnshop_backlog\" in API group \"external.metrics.k8s.io\" in the namespace \"shops\"";
    assert_eq!(status["message"], message);
    let (code, _) = server.asked_for("clerk", &VALUES.replace("shops", "vault")).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_not_there_or_not_understood_is_told_as_a_status() {
    let server = Server::new();
    let (certificate, _) = server.authority.client("front-proxy-client");
    let table = [
        (Method::GET, VALUES.replace("backlog", "sales"), StatusCode::NOT_FOUND),
        (Method::GET, format!("{VALUES}?labelSelector=a%20b"), StatusCode::BAD_REQUEST),
        (Method::GET, format!("{VALUES}?watch=true"), StatusCode::METHOD_NOT_ALLOWED),
        (Method::DELETE, VALUES.to_owned(), StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/apis/custom.metrics.k8s.io".to_owned(), StatusCode::NOT_FOUND),
    ];
    for (method, path, expected) in table {
        let (code, status) = server.ask(method, std::slice::from_ref(&certificate), "clerk", &path).await;
        assert_eq!((code, &status["kind"]), (expected, &"Status".into()), "{path}: {status}");
    }
}

#[tokio::test]
async fn discovery_is_for_anybody_and_asks_nobody() {
    let server = Server::new();
    let table = [
        ("/apis", "APIGroupList"),
        ("/apis/external.metrics.k8s.io", "APIGroup"),
        ("/apis/external.metrics.k8s.io/v1beta1", "APIResourceList"),
    ];
    for (path, kind) in table {
        let (code, document) = server.ask(Method::GET, &[], "", path).await;
        assert_eq!((code, &document["kind"]), (StatusCode::OK, &kind.into()));
    }
    let (code, paths) = server.ask(Method::GET, &[], "", "/openapi/v3").await;
    assert_eq!(code, StatusCode::OK);
    let at = &paths["paths"]["apis/external.metrics.k8s.io/v1beta1"]["serverRelativeURL"];
    let (code, document) = server.ask(Method::GET, &[], "", at.as_str().unwrap()).await;
    assert_eq!((code, &document["openapi"]), (StatusCode::OK, &"3.0.0".into()));
    let (code, document) = server.ask(Method::GET, &[], "", "/openapi/v2").await;
    assert_eq!((code, &document["swagger"]), (StatusCode::OK, &"2.0".into()));
    let (code, _) = server.ask(Method::GET, &[], "", "/healthz").await;
    assert_eq!(code, StatusCode::OK);
}
