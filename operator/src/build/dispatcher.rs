use super::ADMIN_PORT;
use super::deployment::{deployment, flag, seconds, shared_flags};
use super::grace::Grace;
use super::labels::Component;
use super::names;
use super::pods::{self, Program};
use super::tls::Files;
use crate::defaults::Defaults;
use crate::dereference::Dereferenced;
use crate::validate::Validated;
use k8s_openapi::api::apps::v1::Deployment;
use std::net::{Ipv4Addr, SocketAddr};

/// The dispatchers.
pub(super) fn dispatchers(shop: &Validated, references: &Dereferenced, defaults: &Defaults) -> Deployment {
    let mut files = Files::default();
    files.add_broker(&shop.broker);
    let program = Program {
        component: Component::Dispatcher,
        executable: "pawnshop-dispatcher",
        image: shop.image.as_deref().unwrap_or(&defaults.image),
        arguments: flags(shop),
        variables: references.broker.variables.clone(),
        files,
        port: pods::HTTP,
        service_account: names::dispatcher(shop),
        has_token: true,
        secrets_hash: &references.hashes.dispatcher,
    };
    deployment(shop, program, &shop.dispatcher.pods)
}

fn flags(shop: &Validated) -> Vec<String> {
    let grace = Grace::of(shop.dispatcher.pods.grace_seconds);
    let (namespace, fleet) = (shop.shop.namespace(), names::fleet(shop));
    let mut flags = shared_flags(shop, pods::HTTP, &shop.dispatcher.flows);
    flags.extend([
        flag("admin-listen", SocketAddr::from((Ipv4Addr::LOCALHOST, ADMIN_PORT))),
        flag("workers", format!("kubernetes:{namespace}/{fleet}:{}", pods::GRPC.name)),
        flag("accept-after-stop", seconds(grace.accept_after_stop)),
        flag("drain-deadline", seconds(grace.drain)),
    ]);
    flags
}
