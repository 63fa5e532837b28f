use pawnshop_servers::{Toxiproxy, skip};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_proxy_cuts_slows_and_silences_what_passes() {
    if let Err(why) = Toxiproxy::available() {
        return skip("a_proxy_cuts_slows_and_silences_what_passes", &why);
    }
    let server = echo().await;
    let toxiproxy = Toxiproxy::start().await.expect("a toxiproxy");
    let proxy = toxiproxy.proxy("echo", &format!("echo://user@{server}/path")).await.expect("a proxy");
    let uri = proxy.uri(&format!("echo://user@{server}/path"));
    assert_eq!(uri, format!("echo://user@{}/path", proxy.address()));
    assert!(says_back(proxy.address(), LONG).await);

    proxy.disable().await.expect("disabled");
    assert!(!says_back(proxy.address(), SHORT).await, "cut");
    proxy.enable().await.expect("enabled");
    assert!(says_back(proxy.address(), LONG).await, "the same address works again");

    proxy.add_toxic("latency", json!({"latency": 200})).await.expect("slow");
    let began = Instant::now();
    assert!(says_back(proxy.address(), LONG).await);
    assert!(began.elapsed() >= Duration::from_millis(400), "200 ms each way");
    proxy.remove_toxics().await.expect("healed");

    proxy.add_toxic("timeout", json!({"timeout": 0})).await.expect("silent");
    assert!(!says_back(proxy.address(), SHORT).await, "bytes vanish");
    proxy.remove_toxics().await.expect("healed");
    assert!(says_back(proxy.address(), LONG).await);
}

/// A server that says back what it is told.
async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = connection.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    address
}

async fn says_back(address: &str, limit: Duration) -> bool {
    let talk = async {
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(b"x").await?;
        connection.read_u8().await
    };
    matches!(timeout(limit, talk).await, Ok(Ok(b'x')))
}
