//! Whether a caller may ask: the API server says, and what it said holds for a moment.

use super::documents::{GROUP, VERSION};
use super::trust::Caller;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::PostParams;
use kube::{Api, Client};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// How long an answer holds, as long as with API servers themselves.
const FRESH: Duration = Duration::from_secs(10);

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers that are remembered.
const MOST_REMEMBERED: usize = 1024;

/// Questions that are under way at once.
const MOST_AT_ONCE: usize = 16;

/// Who wants to read what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) caller: Caller,
    pub(super) namespace: String,
    pub(super) resource: String,
}

/// Whether somebody may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    /// With what the API server says of it, which is often nothing.
    Denied(String),
}

/// The API server does not say.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuthorizeError {
    #[error("the API server does not say whether this is allowed: {0}")]
    Ask(#[from] kube::Error),
    #[error("the API server does not say in time whether this is allowed")]
    Late,
}

/// Asks the API server.
pub(super) struct Authorizer {
    reviews: Api<SubjectAccessReview>,
    remembered: Mutex<HashMap<Question, (Instant, Verdict)>>,
    places: Semaphore,
}

impl Authorizer {
    /// `client` is one that no guard holds back: a review is posted and writes nothing.
    pub(super) fn new(client: Client) -> Self {
        Self { reviews: Api::all(client), remembered: Mutex::default(), places: Semaphore::new(MOST_AT_ONCE) }
    }

    /// Whether somebody may read something.
    pub(super) async fn judge(&self, question: Question) -> Result<Verdict, AuthorizeError> {
        if let Some(verdict) = self.recall(&question) {
            return Ok(verdict);
        }
        let verdict = timeout(PATIENCE, self.ask(&question)).await.map_err(|_| AuthorizeError::Late)??;
        self.remember(question, verdict.clone());
        Ok(verdict)
    }

    async fn ask(&self, question: &Question) -> Result<Verdict, AuthorizeError> {
        // Nobody closes it.
        let _place = self.places.acquire().await;
        let answer = self.reviews.create(&PostParams::default(), &review(question)).await?;
        let status = answer.status.unwrap_or_default();
        Ok(match status.allowed {
            true => Verdict::Allowed,
            false => Verdict::Denied(status.reason.unwrap_or_default()),
        })
    }

    fn recall(&self, question: &Question) -> Option<Verdict> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, verdict) = remembered.get(question)?;
        (at.elapsed() < FRESH).then(|| verdict.clone())
    }

    fn remember(&self, question: Question, verdict: Verdict) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_REMEMBERED {
            remembered.retain(|_, (at, _)| at.elapsed() < FRESH);
        }
        if remembered.len() < MOST_REMEMBERED {
            remembered.insert(question, (Instant::now(), verdict));
        }
    }
}

fn review(question: &Question) -> SubjectAccessReview {
    let caller = question.caller.clone();
    SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(caller.user),
            uid: caller.uid,
            groups: Some(caller.groups),
            extra: Some(caller.extra),
            resource_attributes: Some(ResourceAttributes {
                group: Some(GROUP.to_owned()),
                version: Some(VERSION.to_owned()),
                namespace: Some(question.namespace.clone()),
                resource: Some(question.resource.clone()),
                // What reading a path without a name is to the API server.
                verb: Some("list".to_owned()),
                ..ResourceAttributes::default()
            }),
            non_resource_attributes: None,
        },
        ..SubjectAccessReview::default()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use http::{Request, Response};
    use http_body_util::BodyExt;
    use kube::client::Body;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// An API server that allows what this says of a review's spec, and counts how often it is asked.
    pub(in super::super) fn api_server(allows: fn(&Value) -> bool) -> (Client, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked);
        let service = tower::service_fn(move |request: Request<Body>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                assert_eq!(request.uri().path(), "/apis/authorization.k8s.io/v1/subjectaccessreviews");
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let mut review: Value = serde_json::from_slice(&body).unwrap();
                review["status"] = json!({"allowed": allows(&review["spec"])});
                Ok::<_, tower::BoxError>(Response::new(Body::from(review.to_string().into_bytes())))
            }
        });
        (Client::new(service, "default"), asked)
    }

    fn question(user: &str, namespace: &str) -> Question {
        Question {
            caller: Caller { user: user.to_owned(), groups: vec!["clerks".to_owned()], ..Caller::default() },
            namespace: namespace.to_owned(),
            resource: "pawnshop_backlog".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_api_server_says_holds_for_ten_seconds_and_for_that_question_alone() {
        let (client, asked) = api_server(|spec| {
            spec["user"] == "clerk"
                && spec["groups"] == json!(["clerks"])
                && spec["resourceAttributes"]
                    == json!({
                        "group": "external.metrics.k8s.io", "version": "v1beta1", "namespace": "shops",
                        "resource": "pawnshop_backlog", "verb": "list",
                    })
        });
        let authorizer = Authorizer::new(client);
        for _ in 0..3 {
            assert_eq!(authorizer.judge(question("clerk", "shops")).await.unwrap(), Verdict::Allowed);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let denied = Verdict::Denied(String::new());
        assert_eq!(authorizer.judge(question("clerk", "vault")).await.unwrap(), denied);
        assert_eq!(authorizer.judge(question("thief", "shops")).await.unwrap(), denied);
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        tokio::time::advance(FRESH).await;
        assert_eq!(authorizer.judge(question("clerk", "shops")).await.unwrap(), Verdict::Allowed);
        assert_eq!(asked.load(Ordering::Relaxed), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_what_is_remembered_is_bounded() {
        let (client, _) = api_server(|_| true);
        let authorizer = Authorizer::new(client);
        for number in 0..MOST_REMEMBERED + 10 {
            authorizer.judge(question(&number.to_string(), "shops")).await.unwrap();
        }
        assert_eq!(authorizer.remembered.lock().unwrap().len(), MOST_REMEMBERED);
        tokio::time::advance(FRESH).await;
        authorizer.judge(question("one more", "shops")).await.unwrap();
        assert_eq!(authorizer.remembered.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_api_server_that_says_nothing_is_waited_for_so_long_only() {
        let silent = tower::service_fn(|_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, tower::BoxError>>()
        });
        let authorizer = Authorizer::new(Client::new(silent, "default"));
        let late = authorizer.judge(question("clerk", "shops")).await;
        assert!(matches!(late, Err(AuthorizeError::Late)));
    }
}
