use crate::cluster::{AskError, Cluster, FindError, Right};
use futures::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, DynamicObject, ListParams};
use pawnshop_operator::build::labels::SHOP;
use pawnshop_operator::kind::Kind;
use pawnshop_resource::PawnShop;

/// A shop and everything that belongs to it, as it was read.
pub(crate) struct Found {
    pub(crate) shop: PawnShop,
    pub(crate) objects: Vec<(Kind, DynamicObject)>,
    pub(crate) pods: Vec<Pod>,
    /// What could not be read, and why: the rest is shown all the same.
    pub(crate) unread: Vec<String>,
}

/// Reads a shop, the objects that it owns and its pods.
pub(crate) async fn find(cluster: &Cluster, name: &str) -> Result<Found, FindError> {
    let shop = cluster.shop(name).await?;
    let its = ListParams::default().labels(&format!("{SHOP}={name}"));
    let listing = Kind::ALL.map(|kind| {
        let its = &its;
        async move { (kind, list(cluster, kind, its).await) }
    });
    let api = Api::<Pod>::namespaced(cluster.client.clone(), &cluster.namespace);
    let right = Right::new("list", "pods", Some(&cluster.namespace));
    let (listed, pods) = futures::join!(join_all(listing), cluster.list(&api, &its, &right));

    let (mut objects, mut unread) = (Vec::new(), Vec::new());
    for (kind, listed) in listed {
        match listed {
            Ok(listed) => {
                let owned = listed.into_iter().filter(|object| is_owned(object, &shop));
                objects.extend(owned.map(|object| (kind, object)));
            }
            // A kind of others that this cluster does not have.
            Err(AskError::NotFound { .. }) => {}
            Err(error) => unread.push(error.to_string()),
        }
    }
    let pods = pods.unwrap_or_else(|error| {
        unread.push(error.to_string());
        Vec::new()
    });
    Ok(Found { shop, objects, pods, unread })
}

async fn list(cluster: &Cluster, kind: Kind, its: &ListParams) -> Result<Vec<DynamicObject>, AskError> {
    let resource = kind.resource();
    let api = Api::namespaced_with(cluster.client.clone(), &cluster.namespace, &resource);
    let name = match resource.group.as_str() {
        "" => resource.plural.clone(),
        group => format!("{}.{group}", resource.plural),
    };
    cluster.list(&api, its, &Right::new("list", name, Some(&cluster.namespace))).await
}

fn is_owned(object: &DynamicObject, shop: &PawnShop) -> bool {
    object.owner_references().iter().any(|owner| Some(&owner.uid) == shop.metadata.uid.as_ref())
}
