use super::{ReadError, References, SecretData};
use async_trait::async_trait;
use k8s_openapi::api::core::v1::Secret;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Status};
use kube::{Api, Client, Error};
use secrecy::SecretSlice;
use serde_json::Value;

/// References in a real cluster: each object is read by its name, none is watched or kept (decision K10).
#[derive(Clone)]
pub struct ClusterReferences(pub Client);

#[async_trait]
impl References for ClusterReferences {
    async fn secret(&self, namespace: &str, name: &str) -> Result<Option<SecretData>, ReadError> {
        let secrets: Api<Secret> = Api::namespaced(self.0.clone(), namespace);
        let secret = secrets.get_opt(name).await.map_err(read_error)?;
        let data = secret.map(|secret| secret.data.unwrap_or_default().into_iter());
        Ok(data.map(|data| data.map(|(key, value)| (key, SecretSlice::from(value.0))).collect()))
    }

    async fn rabbitmq_cluster(&self, namespace: &str, name: &str) -> Result<Option<Value>, ReadError> {
        let kind = GroupVersionKind::gvk("rabbitmq.com", "v1beta1", "RabbitmqCluster");
        let resource = ApiResource::from_gvk(&kind);
        let clusters: Api<DynamicObject> = Api::namespaced_with(self.0.clone(), namespace, &resource);
        let cluster = clusters.get_opt(name).await.map_err(read_error)?;
        Ok(cluster.map(|cluster| cluster.data))
    }
}

fn read_error(error: Error) -> ReadError {
    match error {
        Error::Api(status) => {
            let Status { reason, message, .. } = *status;
            ReadError::Refused { reason, message }
        }
        _ => ReadError::Unanswered,
    }
}
