//! What the operator's own settings give to every shop.

/// Settings of the operator that the builders need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The image of shops and pools that name none.
    pub image: String,
    /// The role that lets a dispatcher watch its fleet's endpoints; the operator may `bind` this one only.
    pub dispatcher_role: RoleName,
    /// Where the operator runs: it may read the operations ports of every shop.
    pub operator_namespace: String,
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
