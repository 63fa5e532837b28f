use super::deployment::{deployment, flag, seconds, shared_flags};
use super::env;
use super::grace::Grace;
use super::labels::Component;
use super::names;
use super::pods::{self, Program};
use super::tls::Files;
use crate::defaults::Defaults;
use crate::dereference::Dereferenced;
use crate::validate::{Validated, WorkerPool};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::EnvVar;
use serde_json::Value;

/// A pool's `config` as one line of JSON, for the pool's flows. The operator does not look into it (decision K11).
const POOL_CONFIG: &str = "PAWNSHOP_POOL_CONFIG";

/// The workers of a pool. Whatever its image, the program is called `pawnshop-worker` there.
pub(super) fn workers(
    shop: &Validated,
    pool: &WorkerPool,
    references: &Dereferenced,
    defaults: &Defaults,
) -> Deployment {
    let mut files = Files::default();
    files.add_broker(&shop.broker);
    files.add_store(&shop.store);
    let image = pool.pool.image.as_deref().or(shop.image.as_deref());
    let program = Program {
        component: Component::Worker { pool: &pool.pool.name },
        executable: "pawnshop-worker",
        image: image.unwrap_or(&defaults.image),
        arguments: flags(shop, pool),
        variables: variables(shop, pool, references),
        files,
        port: pods::GRPC,
        service_account: names::worker(shop),
        has_token: false,
        secrets_hash: &references.hashes.worker,
    };
    deployment(shop, program, &pool.pods)
}

fn flags(shop: &Validated, pool: &WorkerPool) -> Vec<String> {
    let grace = Grace::of(pool.pods.grace_seconds);
    let mut flags = shared_flags(shop, pods::GRPC, &pool.pool.flows);
    flags.push(flag("pool", &pool.pool.name));
    flags.extend(shop.store.database.iter().map(|database| flag("store-database", database)));
    flags.extend(shop.outcome_retention.iter().map(|retention| flag("outcome-retention", retention)));
    flags.extend(pool.pool.concurrency.map(|concurrency| flag("concurrency", concurrency)));
    flags.extend(pool.pool.batch.map(|batch| flag("batch", batch)));
    flags.extend(pool.pool.prefetch.map(|prefetch| flag("prefetch", prefetch)));
    flags.push(flag("handler-deadline", seconds(grace.handler_deadline())));
    flags.push(flag("drain-deadline", seconds(grace.drain)));
    flags
}

fn variables(shop: &Validated, pool: &WorkerPool, references: &Dereferenced) -> Vec<EnvVar> {
    let mut variables = references.broker.variables.clone();
    variables.push(env::from_secret("STORE_URI", &shop.store.uri.secret_key_ref));
    if !pool.pool.config.is_empty() {
        let config = Value::Object(pool.pool.config.clone());
        variables.push(env::literal(POOL_CONFIG, &config.to_string()));
    }
    variables
}
