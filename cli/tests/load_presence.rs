//! `pawnshop load --presence` against a server that speaks the presence service's side of it.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
mod tests {
    use super::support::{Said, pawnshop, run, said, wait};
    use axum::body::Bytes;
    use axum::extract::State;
    use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::{IntoResponse, Response};
    use axum::routing::post;
    use axum::{Json, Router};
    use serde_json::{Value, json};
    use std::collections::HashSet;
    use std::net::SocketAddr;
    use std::process::{Command, Stdio};
    use std::sync::{Arc, Mutex};
    use tokio::net::TcpListener;
    use tokio::runtime::Runtime;

    /// A callback that came, whatever became of it.
    #[derive(Clone, Debug, PartialEq)]
    struct Callback {
        key: String,
        ids: Vec<u64>,
    }

    /// What a callback is answered, by how often it has come: 1 at its first time.
    type Answer = fn(usize) -> Response;

    /// The server, until it is dropped.
    struct Presence {
        address: SocketAddr,
        came: Arc<Mutex<Vec<Callback>>>,
        _runtime: Runtime,
    }

    impl Presence {
        fn start(answer: Answer) -> Self {
            let runtime = Runtime::new().unwrap();
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let (address, came) = (listener.local_addr().unwrap(), Arc::default());
            let router = Router::new().route("/callback", post(take)).with_state((Arc::clone(&came), answer));
            runtime.spawn(axum::serve(listener, router).into_future());
            Self { address, came, _runtime: runtime }
        }

        fn load(&self, arguments: &[&str]) -> Said {
            let url = format!("http://{}", self.address);
            run(&[&["load", "--presence", "--url", &url], arguments].concat())
        }

        /// All that came, those that came again too.
        fn came(&self) -> Vec<Callback> {
            self.came.lock().unwrap().clone()
        }
    }

    async fn take(
        State((came, answer)): State<(Arc<Mutex<Vec<Callback>>>, Answer)>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        let body: Value = serde_json::from_slice(&body).unwrap();
        let ids = body["object_ids"].as_array().unwrap();
        let ids = ids.iter().map(|id| id.as_u64().unwrap()).collect();
        let callback = Callback { key: headers["idempotency-key"].to_str().unwrap().to_owned(), ids };
        let mut came = came.lock().unwrap();
        came.push(callback.clone());
        answer(came.iter().filter(|other| other.key == callback.key).count())
    }

    fn accepted() -> Response {
        StatusCode::ACCEPTED.into_response()
    }

    fn busy(retry_after: &'static str) -> Response {
        let problem = Json(json!({"code": "busy", "detail": "try later"}));
        (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, retry_after)], problem).into_response()
    }

    fn distinct<T: std::hash::Hash + Eq>(all: impl IntoIterator<Item = T>) -> usize {
        all.into_iter().collect::<HashSet<_>>().len()
    }

    #[test]
    fn every_callback_has_ids_and_a_key_of_its_own() {
        let presence = Presence::start(|_| accepted());
        let load = presence.load(&["--count", "5", "--rate", "50", "--ids-per-callback", "20"]);
        assert_eq!(load.code, Some(0), "{load:?}");
        let came = presence.came();
        assert_eq!((came.len(), distinct(came.iter().map(|callback| &callback.key))), (5, 5));
        assert!(came.iter().all(|callback| callback.ids.len() == 20));
        assert_eq!(distinct(came.iter().flat_map(|callback| &callback.ids)), 100);
        for words in
            ["callbacks         5 acknowledged in", "ids             100 acknowledged", "errors            0"]
        {
            assert!(load.out.contains(words), "{words} in {}", load.out);
        }
    }

    #[test]
    fn two_hundred_ids_come_every_few_seconds() {
        let presence = Presence::start(|_| accepted());
        let load = presence.load(&["--duration", "1s"]);
        assert_eq!(load.code, Some(0), "{load:?}");
        // The next one is due when the time is up.
        let came = presence.came();
        assert_eq!(came.len(), 1);
        assert_eq!(came[0].ids, (1..=200).collect::<Vec<_>>());
        let again = presence.load(&["--duration", "1s", "--every", "250ms"]);
        assert_eq!((again.code, presence.came().len()), (Some(0), 1 + 4));
        assert_eq!(distinct(presence.came().into_iter().map(|callback| callback.key)), 5);
    }

    #[test]
    fn ids_are_of_a_population_that_is_given() {
        let presence = Presence::start(|_| accepted());
        let load =
            presence.load(&["--count", "20", "--rate", "1000", "--ids-per-callback", "5", "--objects", "8"]);
        assert_eq!(load.code, Some(0), "{load:?}");
        let came = presence.came();
        assert!(came.iter().all(|callback| distinct(&callback.ids) == 5));
        assert_eq!(
            came.iter().flat_map(|callback| callback.ids.clone()).collect::<HashSet<_>>(),
            (1..=8).collect()
        );
    }

    #[test]
    fn a_callback_that_is_refused_for_now_comes_again_as_the_same() {
        let presence = Presence::start(|times| if times == 1 { busy("1") } else { accepted() });
        let load = presence.load(&["--count", "3", "--rate", "100"]);
        assert_eq!(load.code, Some(0), "{load:?}");
        let came = presence.came();
        assert_eq!((came.len(), distinct(came.iter().map(|callback| &callback.key))), (6, 3));
        assert_eq!(distinct(came.iter().map(|callback| (&callback.key, &callback.ids))), 3);
        for words in
            ["callbacks         3 acknowledged", "retries           3 HTTP 503 busy", "errors            0"]
        {
            assert!(load.out.contains(words), "{words} in {}", load.out);
        }
    }

    #[test]
    fn a_callback_that_is_refused_for_good_is_told_and_not_sent_again() {
        let refused = |_| (StatusCode::BAD_REQUEST, Json(json!({"code": "too_many_ids"}))).into_response();
        let presence = Presence::start(refused);
        let load = presence.load(&["--count", "3", "--rate", "100"]);
        assert_eq!(load.code, Some(1), "{load:?}");
        assert_eq!(presence.came().len(), 3);
        for words in ["callbacks         0 acknowledged", "errors            3 HTTP 400 too_many_ids"] {
            assert!(load.out.contains(words), "{words} in {}", load.out);
        }
    }

    #[test]
    fn a_callback_that_never_passes_is_given_up() {
        let presence = Presence::start(|_| busy("3600"));
        let load = presence.load(&["--count", "2", "--rate", "100", "--retry-for", "2s"]);
        assert_eq!(load.code, Some(1), "{load:?}");
        assert_eq!(presence.came().len(), 2);
        let words = "errors            2 HTTP 503 busy, given up after 2s";
        assert!(load.out.contains(words), "{words} in {}", load.out);
    }

    #[test]
    fn ctrl_c_ends_it_with_a_report_even_while_a_callback_waits_to_come_again() {
        let presence = Presence::start(|_| busy("30"));
        let url = format!("http://{}", presence.address);
        let load = pawnshop(&["load", "--presence", "--duration", "10m", "--every", "10m", "--url", &url])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait(|| (!presence.came().is_empty()).then_some(()));
        assert!(Command::new("kill").args(["-INT", &load.id().to_string()]).status().unwrap().success());
        let load = said(load.wait_with_output().unwrap());
        assert_eq!(load.code, Some(1), "{load:?}");
        assert!(load.out.contains("errors            1 HTTP 503 busy, then interrupted"), "{}", load.out);
    }

    #[test]
    fn without_a_server_it_says_so() {
        let nobody = run(&["load", "--presence", "--url", "http://127.0.0.1:1"]);
        assert_eq!(nobody.code, Some(1));
        assert!(nobody.err.contains("no dispatcher there"), "{}", nobody.err);
    }
}
