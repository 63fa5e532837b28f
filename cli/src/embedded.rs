//! A whole shop in this process.

/// Where a shop keeps its data when nobody says otherwise.
pub const DEFAULT_DATA_FOLDER: &str = "./pawnshop-data";

/// The file in the data folder that holds the admin listener's URL while the shop runs.
pub const ADMIN_ADDRESS_FILE: &str = "admin.addr";
