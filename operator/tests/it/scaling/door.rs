use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// What somebody at a door does with whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Lets him through.
    Open,
    /// Takes his request and never answers.
    Silent,
    /// Answers with status 500.
    Broken,
    /// Ends the connection at once.
    Closed,
}

/// A way to a real server on which its answers can fail to come.
pub(crate) struct Door {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    _task: AbortOnDropHandle<()>,
}

impl Door {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, now) = watch::channel(Mood::Open);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, server, now.clone()));
            }
        });
        Self { address, mood, _task: AbortOnDropHandle::new(task) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, for those who are inside as well.
    pub(crate) fn is(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

async fn serve(mut stream: TcpStream, server: SocketAddr, mut mood: watch::Receiver<Mood>) {
    let mut now = *mood.borrow_and_update();
    loop {
        let done = async {
            // An error is an end as any other.
            match now {
                Mood::Open => drop(pass(&mut stream, server).await),
                Mood::Silent => std::future::pending().await,
                Mood::Broken => drop(fail(&mut stream).await),
                Mood::Closed => {}
            }
        };
        tokio::select! {
            () = done => return,
            changed = mood.changed() => now = match changed {
                // Whoever is inside hears nothing more.
                Ok(()) if *mood.borrow() == Mood::Silent => Mood::Silent,
                _ => Mood::Closed,
            },
        }
    }
}

async fn pass(stream: &mut TcpStream, server: SocketAddr) -> io::Result<(u64, u64)> {
    copy_bidirectional(stream, &mut TcpStream::connect(server).await?).await
}

async fn fail(stream: &mut TcpStream) -> io::Result<()> {
    let mut request = [0; 4096];
    while stream.read(&mut request).await? > 0 {
        stream.write_all(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n").await?;
    }
    Ok(())
}
