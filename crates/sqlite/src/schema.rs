/// What a database file of ours is: whose, and how its tables came to be.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Tells our kinds of file apart and from other programs' (`PRAGMA application_id`); never 0.
    pub application_id: i32,
    /// SQL that brings the schema from version n to n + 1, at index n. Only ever appended to. The version is
    /// kept in the file (`PRAGMA user_version`).
    pub migrations: &'static [&'static str],
}

impl Schema {
    /// The latest version that this release knows.
    pub fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }
}
