//! A dispatcher over a queue and workers that are played, and clients for it.

use pawnshop_dispatcher::{Dispatcher, DispatcherOptions};
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_events::Event;
use pawnshop_messaging::{PublishError, Publisher};
use pawnshop_rpc::v1::dead_letters_server::{DeadLetters, DeadLettersServer};
use pawnshop_rpc::v1::figures_server::{Figures, FiguresServer};
use pawnshop_rpc::v1::outcomes_server::{Outcomes, OutcomesServer};
use pawnshop_rpc::{in_process, v1};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// An event, or a dead letter, that the workers know.
pub(crate) const KNOWN: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c10";

/// One that they do not know.
pub(crate) const UNKNOWN: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c11";

/// A letter that cannot be replayed.
pub(crate) const UNREADABLE: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c12";

/// An event that makes the worker panic.
pub(crate) const PANICS: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c13";

/// A dead letter that no worker answers for in time.
pub(crate) const LATE: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c14";

/// A queue that confirms while its gate has permits.
pub(crate) struct Queue(Arc<Semaphore>);

#[async_trait::async_trait]
impl Publisher for Queue {
    async fn publish(&self, _: &FlowName, _: Vec<Event>) -> Result<(), PublishError> {
        let permit = self.0.acquire().await;
        permit.map(drop).map_err(|_| PublishError::Unavailable("closed".into()))
    }
}

struct Workers;

/// How often they were asked for their figures, by all dispatchers of all tests.
pub(crate) static ASKED: AtomicUsize = AtomicUsize::new(0);

#[async_trait::async_trait]
impl Outcomes for Workers {
    async fn get_outcome(
        &self,
        request: Request<v1::GetOutcomeRequest>,
    ) -> Result<Response<v1::EventOutcome>, Status> {
        let request = request.into_inner();
        assert_ne!(request.event_id, PANICS, "a bug");
        if request.event_id != KNOWN {
            return Err(Status::not_found("nothing is known"));
        }
        Ok(Response::new(v1::EventOutcome {
            event_id: request.event_id,
            flow: if request.flow.is_empty() { "item".into() } else { request.flow },
            kind: v1::OutcomeKind::Rejected.into(),
            code: "item_already_exists".into(),
            detail: "it exists".into(),
            conflict: true,
            attempts: 0,
            time_us: 1_000_000,
        }))
    }
}

#[async_trait::async_trait]
impl DeadLetters for Workers {
    async fn list(
        &self,
        request: Request<v1::ListDeadLettersRequest>,
    ) -> Result<Response<v1::DeadLetterPage>, Status> {
        let request = request.into_inner();
        let next = (request.limit == 1).then(|| KNOWN.to_owned());
        let letters = if request.flow == "item" || request.flow.is_empty() { vec![letter()] } else { vec![] };
        Ok(Response::new(v1::DeadLetterPage { letters, next }))
    }

    async fn show(&self, request: Request<v1::DeadLetterId>) -> Result<Response<v1::DeadLetter>, Status> {
        known(request)
    }

    async fn replay(&self, request: Request<v1::DeadLetterId>) -> Result<Response<v1::DeadLetter>, Status> {
        let mut letter = known(request)?;
        letter.get_mut().replayed_us = 2_000_000;
        Ok(letter)
    }

    async fn drop(&self, request: Request<v1::DeadLetterId>) -> Result<Response<v1::DeadLetter>, Status> {
        known(request)
    }
}

#[async_trait::async_trait]
impl Figures for Workers {
    async fn get_figures(
        &self,
        _: Request<v1::GetFiguresRequest>,
    ) -> Result<Response<v1::WorkerFigures>, Status> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        let flow = v1::FlowFigures {
            name: "item".to_owned(),
            backlog: Some(v1::flow_figures::Backlog::Known(7)),
            ..Default::default()
        };
        let pool = v1::PoolFigures { name: "items".to_owned(), workers: 3, paused: false, flows: vec![flow] };
        Ok(Response::new(v1::WorkerFigures { pools: vec![pool], unavailable: vec!["store".to_owned()] }))
    }
}

fn known(request: Request<v1::DeadLetterId>) -> Result<Response<v1::DeadLetter>, Status> {
    match request.into_inner().id.as_str() {
        KNOWN => Ok(Response::new(letter())),
        LATE => Err(Status::deadline_exceeded("the queue does not answer")),
        UNREADABLE => Err(Status::failed_precondition("its bytes are no event")),
        _ => Err(Status::not_found("there is no such dead letter")),
    }
}

fn letter() -> v1::DeadLetter {
    v1::DeadLetter {
        id: KNOWN.into(),
        flow: "item".into(),
        outcome: "dead-lettered".into(),
        reason: "it failed".into(),
        attempts: 5,
        time_us: 1_000_000,
        envelope: b"bytes".to_vec(),
        attributes: [("subject".to_owned(), "car-1".to_owned())].into(),
        ..Default::default()
    }
}

/// A dispatcher on free ports whose queue confirms while `gate` has permits.
pub(crate) async fn dispatcher(
    gate: &Arc<Semaphore>,
    change: impl FnOnce(&mut DispatcherOptions),
) -> Dispatcher {
    let mut options = options(gate);
    change(&mut options);
    Dispatcher::start(options).await.unwrap()
}

/// What such a dispatcher is made of.
pub(crate) fn options(gate: &Arc<Semaphore>) -> DispatcherOptions {
    let workers = Routes::new(OutcomesServer::new(Workers))
        .add_service(DeadLettersServer::new(Workers))
        .add_service(FiguresServer::new(Workers));
    let mut options = DispatcherOptions::new(
        ShopName::new("default", "downtown").unwrap(),
        Arc::new(Queue(Arc::clone(gate))),
        in_process(workers),
        ["item", "buy-actions"].map(|flow| flow.parse().unwrap()).to_vec(),
    );
    options.listen = "127.0.0.1:0".parse().unwrap();
    options
}

/// A gate that lets everything through.
pub(crate) fn open() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(1))
}

/// What came back for one request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.lines();
        lines
            .find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|l| l.1))
    }

    /// Checks that it is a problem with this status and code.
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let json = self.json();
        assert_eq!((json["status"].as_u64(), json["code"].as_str()), (Some(status.into()), Some(code)));
    }
}

/// Sends a request as it is written, asks to close, and reads the answer.
pub(crate) async fn send(to: SocketAddr, request: &str) -> Answer {
    // With large buffers a client could send all before anybody has read it.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(256 * 1024).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.unwrap().unwrap();
    parse(&String::from_utf8(bytes).unwrap())
}

/// Sends a request without a body, and headers as they are written.
pub(crate) async fn ask(to: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    send(to, &request).await
}

/// Posts a JSON body.
pub(crate) async fn post(to: SocketAddr, path: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
    let request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n{body}");
    send(to, &request).await
}

pub(crate) fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let (status, headers) = head.split_once("\r\n").unwrap();
    let status = status.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers: headers.to_owned(), body: body.to_owned() }
}

/// An item that is added well.
pub(crate) const ITEM: &str =
    r#"{"id":"car-1","name":"Beetle","category":"Motor","price":1,"state":"Good","ageInMonths":1}"#;
