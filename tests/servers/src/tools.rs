//! Where `scripts/setup.sh` put the servers.

use std::path::{Path, PathBuf};

/// The pinned versions stand there, and nowhere else.
const ENV_SH: &str = include_str!("../../../scripts/env.sh");

/// The program that a variable of `scripts/env.sh` names; without it, where it is by default:
/// `<cache>/<tool>-<version>/bin/<program>`.
pub(crate) fn cached(variable: &str, tool: &str, program: &str) -> Result<PathBuf, String> {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => versioned(variable, tool)?.join("bin").join(program),
    };
    existing(path, tool)
}

/// The folder that a variable of `scripts/env.sh` names; without it, `<cache>/<tool>-<version>`.
pub(crate) fn cached_folder(variable: &str, tool: &str) -> Result<PathBuf, String> {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => versioned(variable, tool)?,
    };
    existing(path, tool)
}

/// The program `helm`.
///
/// # Errors
/// Where it is not installed: what to do.
pub fn helm() -> Result<PathBuf, String> {
    cached("HELM", "helm", "helm")
}

/// The program `promtool`.
///
/// # Errors
/// Where it was not built: what to do.
pub fn promtool() -> Result<PathBuf, String> {
    cached("PROMTOOL", "promtool", "promtool")
}

/// axe-core as one script, which finds what keeps people out of a page.
///
/// # Errors
/// Where it was not fetched: what to do.
pub fn axe() -> Result<PathBuf, String> {
    match std::env::var_os("AXE") {
        Some(path) => existing(path.into(), "axe-core"),
        None => existing(versioned("AXE", "axe")?.join("axe.min.js"), "axe-core"),
    }
}

/// Chromium and its WebDriver server, as Debian has them.
///
/// # Errors
/// Which of them is not installed, and what to do.
pub fn browser() -> Result<(PathBuf, PathBuf), String> {
    let on_path = |program: &str| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found =
            std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.exists());
        found.ok_or_else(|| format!("{program} is not installed: run scripts/setup.sh"))
    };
    Ok((on_path("chromium")?, on_path("chromedriver")?))
}

/// KEDA: a folder with its programs in `bin/` and its resource definitions in `crds/`.
///
/// # Errors
/// Where it was not built: what to do.
pub fn keda() -> Result<PathBuf, String> {
    cached_folder("KEDA", "keda")
}

/// A folder with the resource definitions of others that the operator knows: `GROUP_PLURAL.yaml` each.
///
/// # Errors
/// Where they were not fetched: what to do.
pub fn crds() -> Result<PathBuf, String> {
    let variables = ["PROMETHEUS_OPERATOR", "GATEWAY_API", "RABBITMQ_CLUSTER_OPERATOR"];
    let versions: Vec<_> = variables.into_iter().filter_map(pinned).collect();
    let path = match std::env::var_os("CRDS") {
        Some(path) => PathBuf::from(path),
        None => cache()?.join(format!("crds-{}", versions.join("-"))),
    };
    existing(path, "the resource definitions of others")
}

/// A path that is there, or why it would be needed.
pub(crate) fn existing(path: PathBuf, tool: &str) -> Result<PathBuf, String> {
    match path.exists() {
        true => Ok(path),
        false => Err(format!("{tool} is not installed ({}): run scripts/setup.sh", path.display())),
    }
}

fn versioned(variable: &str, tool: &str) -> Result<PathBuf, String> {
    let version = pinned(variable).ok_or_else(|| format!("scripts/env.sh has no {variable}_VERSION"))?;
    Ok(cache()?.join(format!("{tool}-{version}")))
}

fn pinned(variable: &str) -> Option<&'static str> {
    let prefix = format!("{variable}_VERSION=");
    ENV_SH.lines().find_map(|line| line.strip_prefix(prefix.as_str()))
}

fn cache() -> Result<PathBuf, String> {
    let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
    if let Some(cache) = named("PAWNSHOP_CACHE") {
        return Ok(cache.into());
    }
    let caches = named("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(Path::new(&named("HOME")?).join(".cache")));
    caches.map(|caches| caches.join("pawnshop")).ok_or_else(|| "HOME is not set".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_a_pinned_version() {
        let of_others = ["PROMETHEUS_OPERATOR", "GATEWAY_API", "RABBITMQ_CLUSTER_OPERATOR"];
        for variable in ["AXE", "HELM", "JAEGER", "KEDA", "PROMTOOL", "RABBITMQ_4", "SECANTUSDB", "TOXIPROXY"]
            .into_iter()
            .chain(of_others)
        {
            assert!(
                pinned(variable).is_some_and(|version| version.starts_with(char::is_numeric)),
                "{variable}"
            );
        }
    }

    #[test]
    fn a_missing_tool_says_what_to_do() {
        let told = existing("/nowhere/server".into(), "toxiproxy").unwrap_err();
        assert_eq!(told, "toxiproxy is not installed (/nowhere/server): run scripts/setup.sh");
    }
}
