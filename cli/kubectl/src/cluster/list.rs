use super::{AskError, Cluster, Right};
use kube::api::{Api, ListParams};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// How many objects come at once.
const PAGE: u32 = 500;

/// The answer to a page whose list has been forgotten meanwhile.
const EXPIRED: u16 = 410;

impl Cluster {
    /// All objects that these parameters select, page by page. `right`: that of listing them.
    pub(crate) async fn list<K>(
        &self,
        api: &Api<K>,
        parameters: &ListParams,
        right: &Right,
    ) -> Result<Vec<K>, AskError>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let mut found = Vec::new();
        let mut parameters = parameters.clone().limit(PAGE);
        loop {
            let page = match self.ask(right.clone(), whether_expired(api.list(&parameters))).await? {
                Some(page) => page,
                // Too old to go on: all at once, as kubectl does.
                None => {
                    parameters.limit = None;
                    parameters.continue_token = None;
                    found.clear();
                    continue;
                }
            };
            found.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => parameters.continue_token = Some(token),
                None => return Ok(found),
            }
        }
    }
}

/// `None`: the list has been forgotten.
async fn whether_expired<T>(
    request: impl Future<Output = Result<T, kube::Error>>,
) -> Result<Option<T>, kube::Error> {
    match request.await {
        Ok(page) => Ok(Some(page)),
        Err(kube::Error::Api(status)) if status.code == EXPIRED => Ok(None),
        Err(error) => Err(error),
    }
}
