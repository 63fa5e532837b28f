//! What the operator's own settings give to every shop.

use std::str::FromStr;

/// The image of this release.
pub const IMAGE: &str = concat!("docker.io/pawnshop/pawnshop:", env!("CARGO_PKG_VERSION"));

/// The role that the chart installs for dispatchers.
pub const DISPATCHER_ROLE: &str = "ClusterRole/pawnshop-dispatcher";

/// Settings of the operator that the builders need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The image of shops and pools that name none.
    pub image: String,
    /// The role that lets a dispatcher watch its fleet's endpoints; the operator may `bind` this one only.
    pub dispatcher_role: RoleName,
    /// Where the operator runs: it may read the operations ports of every shop.
    pub operator_namespace: String,
    /// Where KEDA finds the operator's external scaler, a host and a port; `None`: KEDA is not used.
    pub scaler_address: Option<String>,
}

/// A role, by the name under which the chart installs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// For an operator of the whole cluster.
    ClusterRole(String),
    /// For an operator of one namespace, in that namespace.
    Role(String),
}

impl RoleName {
    /// The `kind` of a role reference.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ClusterRole(_) => "ClusterRole",
            Self::Role(_) => "Role",
        }
    }

    /// The `name` of a role reference.
    pub fn name(&self) -> &str {
        match self {
            Self::ClusterRole(name) | Self::Role(name) => name,
        }
    }
}

impl FromStr for RoleName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some(("ClusterRole", name)) if !name.is_empty() => Ok(Self::ClusterRole(name.to_owned())),
            Some(("Role", name)) if !name.is_empty() => Ok(Self::Role(name.to_owned())),
            _ => Err("must be ClusterRole/NAME or Role/NAME"),
        }
    }
}
