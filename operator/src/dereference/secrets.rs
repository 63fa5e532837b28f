use super::fingerprint::KeyedHash;
use super::{DereferenceError, References, SecretData};
use pawnshop_resource::{SecretKeyRef, SecretValue};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::str;

/// The Secrets of one shop: each is read once, and what is wrong with them is collected.
pub(super) struct Secrets<'a> {
    references: &'a dyn References,
    namespace: &'a str,
    read: BTreeMap<String, Option<SecretData>>,
    hash: KeyedHash,
    faults: Vec<DereferenceError>,
}

impl<'a> Secrets<'a> {
    pub(super) fn new(references: &'a dyn References, namespace: &'a str, uid: &str) -> Self {
        let (read, hash) = (BTreeMap::new(), KeyedHash::new(uid));
        Self { references, namespace, read, hash, faults: Vec::new() }
    }

    pub(super) fn namespace(&self) -> &str {
        self.namespace
    }

    pub(super) fn references(&self) -> &'a dyn References {
        self.references
    }

    pub(super) fn fault(&mut self, fault: DereferenceError) {
        self.faults.push(fault);
    }

    /// A text that pods read at their start.
    pub(super) async fn for_pods(&mut self, value: Option<&SecretValue>) -> Option<SecretString> {
        let reference = &value?.secret_key_ref;
        let text = self.text(reference).await?;
        self.hash.add(&reference.name, &reference.key, text.expose_secret());
        Some(text)
    }

    /// A URI that pods read at their start.
    pub(super) async fn uri_for_pods(
        &mut self,
        value: &SecretValue,
        schemes: &'static [&'static str],
    ) -> Option<SecretString> {
        let uri = self.uri(value, schemes).await?;
        self.hash.add(&value.secret_key_ref.name, &value.secret_key_ref.key, uri.expose_secret());
        Some(uri)
    }

    /// A URI of one of these schemes.
    pub(super) async fn uri(
        &mut self,
        value: &SecretValue,
        schemes: &'static [&'static str],
    ) -> Option<SecretString> {
        let reference = &value.secret_key_ref;
        let uri = self.text(reference).await?;
        let scheme = uri.expose_secret().split_once("://").map(|(scheme, _)| scheme.trim_start());
        if scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
            return Some(uri);
        }
        let (name, key) = (reference.name.clone(), reference.key.clone());
        self.fault(DereferenceError::WrongScheme { name, key, schemes });
        None
    }

    /// The text under this key. Whatever is wrong with it is noted.
    pub(super) async fn text(&mut self, reference: &SecretKeyRef) -> Option<SecretString> {
        let (name, key) = (reference.name.clone(), reference.key.clone());
        if !self.read.contains_key(&name) {
            let found = self.references.secret(self.namespace, &name).await;
            let data = found.unwrap_or_else(|source| {
                self.faults.push(DereferenceError::ReadSecret { name: name.clone(), source });
                // Not missing, so not told as missing; nothing else is told of it either.
                Some(SecretData::new())
            });
            if data.is_none() {
                self.faults.push(DereferenceError::MissingSecret { name: name.clone() });
            }
            self.read.insert(name.clone(), data);
        }
        let unread = self.faults.iter().any(|fault| fault.is_unread(&name));
        let data = self.read.get(&name)?.as_ref()?;
        let fault = match data.get(&key).map(|value| str::from_utf8(value.expose_secret())) {
            Some(Ok(text)) if !text.trim().is_empty() => return Some(text.into()),
            Some(Ok(_)) => DereferenceError::EmptyKey { name, key },
            Some(Err(_)) => DereferenceError::NotText { name, key },
            None if unread => return None,
            None => DereferenceError::MissingKey { name, key },
        };
        self.faults.push(fault);
        None
    }

    /// The hash of what pods read, of all that was looked up until now.
    pub(super) fn hash(&self) -> String {
        self.hash.digits()
    }

    /// Everything that was wrong.
    pub(super) fn finish(self) -> Result<(), Vec<DereferenceError>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }
}
