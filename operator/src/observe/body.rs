use reqwest::{Error, Response};

/// The largest body that is read: some times what a full page of queues takes, or what a pod tells.
const LARGEST: usize = 1 << 20;

/// The body of an answer; `None`: it is larger than any that is honest.
pub(super) async fn bounded(mut answer: Response) -> Result<Option<Vec<u8>>, Error> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > LARGEST {
            return Ok(None);
        }
    }
    Ok(Some(body))
}
