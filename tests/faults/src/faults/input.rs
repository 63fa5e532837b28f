//! Bad input at the HTTP port of the dispatcher and the gRPC port of a worker: a clear error, and nobody falls over.

use super::Fault;
use crate::scene::Scene;
use anyhow::{Context, Result};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use reqwest::Method;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("bad input at the HTTP port", http).reads_go_on(),
    Fault::new("bad input at the gRPC port", grpc).reads_go_on(),
];

const DEADLINE: Duration = Duration::from_secs(10);
const JSON: &str = "application/json";

fn http(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(512 << 10));
        let deep = "[".repeat(100_000);
        let requests: [(Method, &str, &str, &[u8], u16); 8] = [
            (Method::POST, "/item/add", JSON, b"\xff\xfe\x00garbage", 400),
            (Method::POST, "/item/add", JSON, deep.as_bytes(), 400),
            (Method::POST, "/item/add", JSON, huge.as_bytes(), 413),
            (Method::POST, "/item/add", JSON, b"{}", 422),
            (Method::POST, "/item/add", "text/html", b"{}", 415),
            (Method::DELETE, "/item/add", JSON, b"", 405),
            (Method::GET, "/item/fetch?limit=-1&limit=x", JSON, b"", 400),
            (Method::GET, "/event/%00%ff?flow=../../etc", JSON, b"", 400),
        ];
        for (method, path, kind, body, expected) in requests {
            let request = scene.shop.http().request(method, scene.shop.url(path));
            let status = match request.header("content-type", kind).body(body.to_vec()).send().await {
                Ok(answer) => answer.status().as_u16(),
                // The shop may hang up on a body that it will not read.
                Err(_) if expected == 413 => expected,
                Err(error) => return Err(error).context("bad input at the HTTP port"),
            };
            scene.demand(status == expected, || format!("{path}: {status} instead of {expected}"));
        }
        let address = scene.world.dispatcher.told("API").await?;
        hangs_up(scene, &address, b"\x00\x01\x02 not HTTP at all\r\n\r\n").await
    }
    .boxed_local()
}

fn grpc(scene: &mut Scene, _: Duration) -> LocalBoxFuture<'_, Result<()>> {
    async move {
        let worker = scene.some_worker();
        // It may have been started just now, by the fault before.
        let address = scene.world.workers[worker].told("reads").await?;
        hangs_up(scene, &address, b"GET / HTTP/1.1\r\n\r\n").await?;
        // The preface, and the header of a frame of 16 MiB, which nobody may send (RFC 9113, section 4.2).
        let oversized = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &[0xff; 9], &[0; 1_024]].concat();
        hangs_up(scene, &address, &oversized).await?;

        for (path, message, expected) in [
            ("/pawnshop.v1.Nothing/AtAll", vec![0; 5], "12"),
            ("/pawnshop.v1.Outcomes/GetOutcome", vec![0, 0, 0, 0, 3, 0xff, 0xff, 0xff], "13"),
            // Says that 256 MiB follow.
            ("/pawnshop.v1.Outcomes/GetOutcome", vec![0, 0x10, 0, 0, 0, 1, 2, 3], "11"),
            ("/pawnshop.v1.ItemQueries/FetchItem", vec![9; 64], "13"),
        ] {
            let status = call(&address, path, message).await.with_context(|| path.to_owned())?;
            let refused = status.parse().is_ok_and(|status: u8| (1..=16).contains(&status));
            scene.demand(refused, || format!("{path}: gRPC status {status}, where {expected} was expected"));
        }
        Ok(())
    }
    .boxed_local()
}

/// Sends bytes that no server should like; it must close the connection, or answer an error.
async fn hangs_up(scene: &Scene, address: &str, bytes: &[u8]) -> Result<()> {
    let mut stream = timeout(DEADLINE, TcpStream::connect(address)).await??;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    // A reset is a way to hang up.
    let ended = timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    scene.demand(ended.is_ok(), || format!("{address}: garbage keeps its connection"));
    let text = String::from_utf8_lossy(&answer).into_owned();
    scene.demand(!text.starts_with("HTTP/1.1 2"), || format!("{address}: garbage was answered {text}"));
    Ok(())
}

/// The gRPC status of a call with these bytes for its message.
async fn call(address: &str, path: &str, message: Vec<u8>) -> Result<String> {
    let stream = timeout(DEADLINE, TcpStream::connect(address)).await??;
    let (client, connection) = timeout(DEADLINE, h2::client::handshake(stream)).await??;
    let connection = tokio::spawn(connection);
    let status = timeout(DEADLINE, async {
        let request = http::Request::post(format!("http://{address}{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())?;
        let mut client = client.ready().await?;
        let (answer, mut sending) = client.send_request(request, false)?;
        // It may have been answered already.
        let _ = sending.send_data(Bytes::from(message), true);
        let (head, mut body) = answer.await?.into_parts();
        let status = |headers: &http::HeaderMap| {
            headers.get("grpc-status").map(|status| status.to_str().unwrap_or_default().to_owned())
        };
        if let Some(status) = status(&head.headers) {
            return Ok(status);
        }
        while let Some(data) = body.data().await {
            data?;
        }
        Ok::<_, anyhow::Error>(body.trailers().await?.as_ref().and_then(status).unwrap_or_default())
    })
    .await;
    connection.abort();
    status?
}
