//! Certificates and keys as files, since that is how the programs take them.

use k8s_openapi::api::core::v1::{
    KeyToPath, ProjectedVolumeSource, SecretProjection, Volume, VolumeMount, VolumeProjection,
};
use pawnshop_resource::{Broker, SecretValue, Store};

/// Readable by the owner and by the group that the pods run as.
const MODE: i32 = 0o440;

/// Files from Secrets: the flags that name them, and the volumes that hold them.
#[derive(Default)]
pub(super) struct Files {
    pub(super) flags: Vec<String>,
    pub(super) volumes: Vec<Volume>,
    pub(super) mounts: Vec<VolumeMount>,
}

impl Files {
    /// What connections to the broker trust and present.
    pub(super) fn add_broker(&mut self, broker: &Broker) {
        let Some(tls) = &broker.tls else { return };
        self.add(
            "broker-tls",
            &[
                ("broker-ca-file", "ca.pem", tls.ca.as_ref()),
                ("broker-certificate-file", "certificate.pem", tls.certificate.as_ref()),
                ("broker-key-file", "key.pem", tls.key.as_ref()),
            ],
        );
    }

    /// What connections to the store trust.
    pub(super) fn add_store(&mut self, store: &Store) {
        self.add("store-tls", &[("store-ca-file", "ca.pem", store.ca.as_ref())]);
    }

    /// `files`: the flag, the file's name, and where its content is.
    fn add(&mut self, volume: &str, files: &[(&str, &str, Option<&SecretValue>)]) {
        let directory = format!("/etc/pawnshop/{volume}");
        let mut sources = Vec::new();
        for (flag, file, value) in files {
            let Some(SecretValue { secret_key_ref: secret }) = value else { continue };
            self.flags.push(format!("--{flag}={directory}/{file}"));
            let item = KeyToPath { key: secret.key.clone(), path: (*file).to_owned(), mode: None };
            let projection =
                SecretProjection { name: secret.name.clone(), items: Some(vec![item]), optional: None };
            sources.push(VolumeProjection { secret: Some(projection), ..VolumeProjection::default() });
        }
        if sources.is_empty() {
            return;
        }
        self.volumes.push(Volume {
            name: volume.to_owned(),
            projected: Some(ProjectedVolumeSource { sources: Some(sources), default_mode: Some(MODE) }),
            ..Volume::default()
        });
        self.mounts.push(VolumeMount {
            name: volume.to_owned(),
            mount_path: directory,
            read_only: Some(true),
            ..VolumeMount::default()
        });
    }
}
