//! Who the shop is to the broker and the store: an account at each, of one name and password, made for this story.

use crate::servers::{Account, Servers};
use rand::RngExt;

pub(crate) struct Accounts {
    pub(crate) now: Account,
}

impl Accounts {
    /// A first one.
    pub(crate) async fn fresh(servers: &Servers) -> Self {
        Self { now: admitted(servers).await }
    }

    /// A second one in its place; the first, which is still let in, is returned.
    pub(crate) async fn rotate(&mut self, servers: &Servers) -> Account {
        std::mem::replace(&mut self.now, admitted(servers).await)
    }

    /// Lets nobody of the story in any more.
    pub(crate) async fn remove(self, servers: &Servers) {
        servers.expel(&self.now).await;
    }
}

async fn admitted(servers: &Servers) -> Account {
    let random = || format!("{:016x}", rand::rng().random::<u64>());
    let account = Account { name: format!("pawnshop-e2e-{}", random()), password: random() };
    servers.admit(&account).await;
    account
}
