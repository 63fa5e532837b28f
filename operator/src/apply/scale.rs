use super::{Applier, ApplyError};
use crate::build::Child;
use crate::kind::Kind;
use crate::replicas;
use kube::ResourceExt;
use kube::api::{Api, DynamicObject};

/// How often a scale write is tried while others write to the same object.
const TRIES: u32 = 5;

impl Applier<'_> {
    /// Sets the number of replicas through `/scale` (decision K3) where it is ours to set: always for a fixed number,
    /// else once, for a new object. That is one whose spec nobody ever changed, so that a crash between its creation
    /// and this is made good later. Whether it wrote.
    pub(super) async fn scale(
        &self,
        api: &Api<DynamicObject>,
        kind: Kind,
        live: &DynamicObject,
        child: &Child,
    ) -> Result<bool, ApplyError> {
        let name = live.name_any();
        let Some(wanted) = child.initial_replicas else { return Ok(false) };
        let failed = |source| ApplyError::Scale { kind, name: name.clone(), source: Box::new(source) };
        let mut live = live.clone();
        for tries_left in (0..TRIES).rev() {
            let is_another_s = !child.replicas_are_fixed && was_changed(&live);
            if is_another_s || live.data["spec"]["replicas"] == wanted {
                return Ok(false);
            }
            match replicas::set(api, &live.metadata, wanted).await {
                Ok(()) => return Ok(true),
                // Its controller has written to it, which it does at once.
                Err(kube::Error::Api(status)) if status.is_conflict() && tries_left > 0 => {
                    live = api.get(&name).await.map_err(failed)?;
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(false)
    }
}

/// Whether its spec was ever changed, which a scale does. Its managed fields do not tell who scaled: of a field that
/// belongs to nobody, as the API server's own default does, the API server does not note who sets it by `/scale`.
fn was_changed(live: &DynamicObject) -> bool {
    live.metadata.generation.is_none_or(|generation| generation > 1)
}
