use super::{AskError, Cluster, Right};
use crate::near::near;
use kube::api::{Api, ListParams};
use kube::{Resource, ResourceExt};
use pawnshop_resource::PawnShop;

/// Why a shop was not found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(
        "this cluster has no PawnShops: install the operator's chart \
         (helm install pawnshop-operator charts/pawnshop-operator -n pawnshop-system --create-namespace), \
         or only the resource definition (kubectl apply --server-side -f crds/)"
    )]
    NoKind,
    #[error("the namespace {namespace} has no shop {name}{hint}")]
    NoShop { name: String, namespace: String, hint: String },
}

impl Cluster {
    /// The shop of this name.
    pub(crate) async fn shop(&self, name: &str) -> Result<PawnShop, FindError> {
        let api = Api::<PawnShop>::namespaced(self.client.clone(), &self.namespace);
        match self.ask(right("get", Some(&self.namespace)), api.get(name)).await {
            Ok(shop) => Ok(shop),
            Err(AskError::NotFound { .. }) => Err(self.no_shop(name).await),
            Err(error) => Err(error.into()),
        }
    }

    /// All shops of the namespace, or of all namespaces.
    pub(crate) async fn shops(&self, everywhere: bool) -> Result<Vec<PawnShop>, FindError> {
        let api = match everywhere {
            true => Api::all(self.client.clone()),
            false => Api::namespaced(self.client.clone(), &self.namespace),
        };
        let namespace = (!everywhere).then_some(self.namespace.as_str());
        match self.list(&api, &ListParams::default(), &right("list", namespace)).await {
            Ok(shops) => Ok(shops),
            Err(AskError::NotFound { .. }) => Err(FindError::NoKind),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells a name that does not exist from a kind that does not, and what was probably meant.
    async fn no_shop(&self, name: &str) -> FindError {
        let here = match self.shops(false).await {
            Err(FindError::NoKind) => return FindError::NoKind,
            Ok(shops) => shops,
            // Who may not list is told no other name.
            Err(_) => Vec::new(),
        };
        let elsewhere = self.shops(true).await.unwrap_or_default();
        let hint = hint(name, &here, &elsewhere);
        FindError::NoShop { name: name.to_owned(), namespace: self.namespace.clone(), hint }
    }
}

fn right(verb: &'static str, namespace: Option<&str>) -> Right {
    Right::new(verb, format!("{}.{}", PawnShop::plural(&()), PawnShop::group(&())), namespace)
}

fn hint(name: &str, here: &[PawnShop], elsewhere: &[PawnShop]) -> String {
    let names: Vec<_> = here.iter().map(ResourceExt::name_any).collect();
    let namesake = elsewhere.iter().find(|shop| shop.name_any() == name).and_then(ResourceExt::namespace);
    if let Some(namespace) = namesake {
        return format!(", but the namespace {namespace} has: give -n {namespace}");
    }
    match near(name, names.iter().map(String::as_str)) {
        Some(near) => format!("; did you mean {near}?"),
        None if names.is_empty() => String::new(),
        None => format!("; it has: {}", names.join(", ")),
    }
}
