//! SQLite files that belong to one process: the locked data folder, opening with migrations, a pool of readers
//! off the async threads, and one writer per file that commits in groups.
//!
//! Not here: any table. The embedded queue and the embedded store each bring a [`Schema`] and a [`Write`]. To
//! change a schema, append a migration to its list; never edit one that was released.
//!
//! ```no_run
//! # use pawnshop_sqlite::*;
//! struct Add(i64);
//! impl Write for Add {
//!     type Reply = ();
//!     fn apply(&self, connection: &Connection) -> rusqlite::Result<()> {
//!         connection.prepare_cached("INSERT INTO numbers VALUES (?1)")?.execute([self.0])?;
//!         Ok(())
//!     }
//! }
//! const SCHEMA: Schema = Schema { application_id: 1, migrations: &["CREATE TABLE numbers (n INTEGER)"] };
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = DataFolder::open("data".as_ref())?;
//! let database = Database::open(&folder.file("numbers.db"), &SCHEMA, Synchronous::Full)?;
//! let writer = GroupWriter::start(&database, GroupOptions::default())?;
//! writer.submit(Add(7)).await?; // committed, and synced to the disk
//! let sum: i64 = database.read(|c| c.query_row("SELECT sum(n) FROM numbers", [], |row| row.get(0))).await?;
//! # Ok(()) }
//! ```

mod connect;
mod database;
mod error;
mod folder;
mod group;
mod open;
mod readers;
mod schema;
mod writer;

pub use connect::Synchronous;
pub use database::Database;
pub use error::{OpenError, SqliteError};
pub use folder::DataFolder;
pub use rusqlite;
pub use rusqlite::Connection;
pub use schema::Schema;
pub use writer::{GroupOptions, GroupWriter, Write};
